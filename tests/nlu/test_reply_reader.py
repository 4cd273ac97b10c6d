"""What words decide beside the classifier, before anything else is made of a message."""

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.nlu.reply_reader import _about_an_order, _about_no_order, _in_the_words


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
