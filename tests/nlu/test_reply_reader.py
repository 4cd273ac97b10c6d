"""What words decide beside the classifier, before anything else is made of a message."""

import pytest
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.conversations.asked import Asked
from switchboard.conversations.turns import MOOD, UPSET_INTENT
from switchboard.nlu.reply_reader import (
    _about_an_order,
    _about_no_order,
    _in_the_words,
    _said_again,
    _undo_at_a_question,
)
from switchboard.nlu.sentence_embedder import SENTENCES, Clause


def message(text, *ranking, **entities):
    listed = [{"name": name, "confidence": 0.5} for name in ranking]
    found = [{"entity": kind, "value": value} for kind, value in entities.items()]
    data = {TEXT: text, INTENT: listed[0], INTENT_RANKING_KEY: listed, ENTITIES: found}
    return Message(data=data)


@pytest.mark.parametrize(
    ("text", "intent", "becomes"),
    [
        ("where is my parcel?", "list_orders", "track_order"),
        ("我的订单在哪里", "list_orders", "track_order"),
        ("where can I see my orders", "list_orders", "list_orders"),
        (
            "moved, my address is 5 Mill Lane, Cork T12",
            "set_up_shipping_address",
            "change_default_address",
        ),
        (
            "put 5 Mill Lane, Cork T12 in my profile",
            "change_shipping_address",
            "change_default_address",
        ),
        (
            "I moved, send my order to 5 Mill Lane, Cork T12",
            "change_shipping_address",
            "change_shipping_address",
        ),
        ("how do I add an address", "set_up_shipping_address", "set_up_shipping_address"),
    ],
)
def test_without_an_order_s_number(text, intent, becomes):
    said = message(text, intent)
    _about_no_order(said, text)
    assert said.get(INTENT)["name"] == becomes


@pytest.mark.parametrize(
    ("text", "ranking", "becomes"),
    [
        ("4711 in blue", ["check_variants"], "change_order"),
        ("can I pay 4711 another way", ["check_payment_methods"], "change_payment_method"),
        ("the SD card kind for 4711", ["payment_issue", "exchange_item"], "exchange_item"),
        (
            "the lamp of 4711 can go",
            ["unclear_intent", "return_item", "order_details"],
            "return_item",
        ),
        ("track 4711", ["track_order"], "track_order"),
    ],
)
def test_beside_an_order_s_number(text, ranking, becomes):
    said = message(text, *ranking, order_number="4711", product="X")
    _about_an_order(said, text)
    assert said.get(INTENT)["name"] == becomes


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("expert", True),
        ("animals, expert please", True),
        ("i want this one: black, large", True),
        ("let me talk to a person", False),
        ("please", False),
        ("", False),
    ],
)
def test_an_answer_in_the_question_s_own_words(text, answers):
    told = "Puzzle (art, beginner): there is animals, expert; black, large."
    assert _in_the_words(text, told) is answers


def sentence(text, start, name, confidence, score=1.0):
    found = Clause(text, start, text, None)
    found.ranking = [{"name": name, "confidence": confidence}]
    found.evidence = {"score": score, "threshold": 0.5}
    return found


STORY = "My sister laughed at me for a week. Well, she is right. Please call off 4711 then."


@pytest.mark.parametrize(
    ("whole", "first", "last", "becomes"),
    [
        # The sentence with the number, however unsure.
        ("stop", ("return_item", 0.9), ("cancel_order", 0.3), "cancel_order"),
        ("bot_challenge", ("greet", 0.9), ("exchange_item", 0.3), "exchange_item"),
        # Else the one that surely has a wish.
        ("complaint", ("return_item", 0.9), ("greet", 0.9), "return_item"),
        ("complaint", ("return_item", 0.4), ("greet", 0.9), "complaint"),
        # What the whole says plainly is left alone.
        ("track_order", ("return_item", 0.9), ("cancel_order", 0.9), "track_order"),
        ("threat", ("return_item", 0.9), ("cancel_order", 0.9), "threat"),
    ],
)
def test_a_story_about_an_order_is_read_by_the_sentence_with_its_wish(whole, first, last, becomes):
    said = message(STORY, whole, order_number="4711")
    at = STORY.index("4711")
    said.get(ENTITIES)[0].update(start=at, end=at + 4)
    begins = STORY.index("Please")
    said.set(SENTENCES, [sentence(STORY[:36], 0, *first), sentence(STORY[begins:], begins, *last)])
    _about_an_order(said, STORY)
    assert said.get(INTENT)["name"] == becomes


WISH = "I would like to swap the mugs of 4711"


@pytest.mark.parametrize(
    ("text", "intent", "becomes"),
    [
        (f"I did say it before: {WISH}!!", "stop", "exchange_item"),
        (f"as I said: {WISH}", "open_question", "exchange_item"),
        (f"as I said: {WISH.upper()}", "stop", "stop"),
        ("as I said", "stop", "stop"),
        (f"{WISH}, or I come with a knife", "threat", "threat"),
        (f"{WISH}, let me talk to a person", "contact_human_agent", "contact_human_agent"),
        (f"{WISH}. You useless lot", "negative_sentiment", "negative_sentiment"),
    ],
)
def test_a_message_that_is_said_again_means_what_it_meant(text, intent, becomes):
    before = [
        UserUttered("hi", {"name": "greet", "confidence": 1.0}),
        UserUttered(WISH, {"name": "exchange_item", "confidence": 0.4}),
        UserUttered("no", {"name": "deny", "confidence": 1.0}),
    ]
    tracker = DialogueStateTracker.from_events("a", before)
    said = message(text, intent)
    _said_again(said, text, tracker)
    assert said.get(INTENT)["name"] == becomes


CONFIRMS = Asked(form="cancel_order_form", slot="order_confirm")
ASKS_CONTACT = Asked(form="track_order_form", slot="order_contact")


@pytest.mark.parametrize(
    ("text", "asked", "mood", "said", "becomes"),
    [
        ("I can't decide, I'd better ask my wife", CONFIRMS, {"person": 0.5}, "deny", "inform"),
        ("pray, why would you want that", ASKS_CONTACT, {"person": 0.5}, "ask_why", "ask_why"),
        ("pray, why would you want that", Asked(), {"person": 0.5}, "ask_why", UPSET_INTENT),
        ("why would you want that", ASKS_CONTACT, {"anger": 0.7}, "ask_why", UPSET_INTENT),
        ("why do you need that", ASKS_CONTACT, {"person": 0.9}, "ask_why", UPSET_INTENT),
        ("it caught fire", CONFIRMS, {"person": 0.5}, "inform", UPSET_INTENT),
    ],
)
def test_who_is_asked_and_only_faintly_sounds_upset_gets_to_answer(
    text, asked, mood, said, becomes
):
    heard = message(text, UPSET_INTENT, said)
    heard.get(INTENT_RANKING_KEY)[1]["confidence"] = 0.9
    heard.set(MOOD, {"cause": "failed before", **mood})
    _undo_at_a_question(heard, text, asked)
    assert heard.get(INTENT)["name"] == becomes


def test_money_given_back_is_no_return():
    said = message(
        "give us our money back on 4711", "get_refund", "return_item", order_number="4711"
    )
    _about_an_order(said, said.get(TEXT))
    assert said.get(INTENT)["name"] == "get_refund"


def test_a_short_question_about_an_order_hides_no_wish():
    text = "4711里到底装了些啥呀"
    said = message(text, "order_details", order_number="4711")
    said.get(INTENT_RANKING_KEY)[0]["confidence"] = 0.9
    sentence = Clause(text, 0, text)
    sentence.ranking = [{"name": "cancel_order", "confidence": 0.9}]
    sentence.evidence = {"score": 1.0, "threshold": 0.5}
    said.set(SENTENCES, [sentence])
    _about_an_order(said, text)
    assert said.get(INTENT)["name"] == "order_details"
