"""Which messages count as misread, case by case; conversations as the tracker store writes them."""

import pytest

from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.conversations.turn_log import Turn, record_turn
from switchboard.conversations.turn_result import Result
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.misreadings import Sign, find_misreadings

NOW = 1_000_000.0
SAME = {
    "where is my stuff": 1,
    "has the parcel left yet": 1,
    "what is the status of my order": 1,
    "i want it gone": 2,
    "cancel my order": 2,
    "who are you": 3,
}


def same_wish(first, second):
    return SAME.get(first, first) == SAME.get(second, second)


def said(text, intent, at, result=Result.ANSWERED, form=None, offered=(), pressed=False, **more):
    """The events of a turn, and its row."""
    user = {
        "event": "user",
        "timestamp": NOW + at,
        "text": f"/{intent}" if pressed else text,
        "parse_data": {"intent": {"name": intent, "confidence": 0.9}, "language": "en", **more},
    }
    events = [user]
    if form is not None:
        events.append({"event": "active_loop", "timestamp": NOW + at, "name": form or None})
    buttons = [{"title": one, "payload": f"/{one}"} for one in offered]
    events.append(
        {"event": "bot", "timestamp": NOW + at, "text": "…", "data": {"buttons": buttons}}
    )
    return events, intent, result


def keep(engine, conversation, *turns):
    log = ConversationLog(engine)
    with engine.begin() as db:
        for events, intent, result in turns:
            log.append(db, conversation, events)
            decision = Decision(Route.KNOWN, Cause.INTENT, intent)
            turn = Turn(decision, intent, result=result)
            record_turn(db, conversation, events[0]["timestamp"], "rest", turn)


def found(engine, consent=False, same_wish=same_wish):
    return [
        (one.message.text, one.meant, one.sign)
        for heard in read_heard(engine, 0.0, NOW + 10_000, consent)
        for one in find_misreadings(heard, same_wish)
    ]


def test_what_was_chosen_when_asked(engine):
    unclear = said("where is my stuff", "unclear_intent", 0, Result.ASKING, offered=["track_order"])
    keep(engine, "a", unclear, said("", "track_order", 5, pressed=True))
    keep(engine, "b", unclear, said("the first", "track_order", 5))
    keep(engine, "c", unclear, said("cancel my order", "cancel_order", 5))  # something else
    assert found(engine) == [("where is my stuff", "track_order", Sign.CHOSEN)] * 2


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (said("where is my stuff", "nlu_fallback", 0, Result.FAILED), 60, Sign.SAID_AGAIN),
        (said("where is my stuff", "newsletter_subscription", 0), 60, Sign.SAID_AGAIN),
        (said("where is my stuff", "get_invoice", 0, Result.ASKING, "invoice_form"), 60, Sign.LEFT),
        (said("where is my stuff", "nlu_fallback", 0, Result.FAILED), 700, None),  # much later
        (said("who are you", "nlu_fallback", 0, Result.FAILED), 60, None),  # another meaning
        (said("where is my stuff", "track_order", 0), 60, None),  # read right
        (said("4711", "nlu_fallback", 0, Result.FAILED), 60, None),  # no words
    ],
)
def test_what_was_said_again(engine, first, then, expected):
    again = said("what is the status of my order", "track_order", then, form="")
    keep(engine, "a", first, again)
    wanted = [("where is my stuff", "track_order", expected)] if expected else []
    assert found(engine) == wanted


def test_what_was_said_again_in_vain_shows_nothing(engine):
    keep(
        engine,
        "a",
        said("where is my stuff", "nlu_fallback", 0, Result.FAILED),
        said("has the parcel left yet", "track_order", 30, Result.FAILED),
    )
    assert found(engine) == []


def test_another_order_is_another_wish(engine):
    keep(
        engine,
        "a",
        said("where is 4711", "nlu_fallback", 0, Result.FAILED),
        said("track order 4712", "track_order", 30),
    )
    assert found(engine, same_wish=lambda first, second: True) == []


def test_what_tells_no_wishes_tells_choices_alone(engine):
    unclear = said("where is my stuff", "unclear_intent", 0, Result.ASKING, offered=["track_order"])
    keep(engine, "a", unclear, said("", "track_order", 5, pressed=True))
    again = said("what is the status of my order", "track_order", 60)
    keep(engine, "b", said("where is my stuff", "nlu_fallback", 0, Result.FAILED), again)
    assert [sign for _, _, sign in found(engine, same_wish=None)] == [Sign.CHOSEN]


@pytest.mark.parametrize(
    ("intent", "seen"), [("get_invoice", []), ("nlu_fallback", [Sign.SAID_AGAIN])]
)
def test_who_was_surely_understood_has_two_wishes(engine, intent, seen):
    sure = {"intent": {"name": intent, "confidence": 0.97}, "language": "en"}
    first = said("where is my stuff", intent, 0)
    first[0][0]["parse_data"] = sure
    keep(engine, "a", first, said("what is the status of my order", "track_order", 9))
    assert [sign for _, _, sign in found(engine)] == seen


def test_a_comment_to_a_rating_says_nothing_again(engine):
    keep(
        engine,
        "a",
        said("where is my stuff", "thank", 0),
        said("", "rate_service", 5, pressed=True),
        said("what is the status of my order", "track_order", 9),
    )
    assert found(engine) == []


def test_small_talk_between_does_not_hide_it(engine):
    keep(
        engine,
        "a",
        said("i want it gone", "nlu_fallback", 0, Result.FAILED),
        said("hm", "affirm", 10),
        said("cancel my order", "cancel_order", 20, Result.ASKING, "cancel_form"),
    )
    assert found(engine) == [("i want it gone", "cancel_order", Sign.SAID_AGAIN)]


@pytest.mark.parametrize("intent", ["self_harm", "threat", "contact_human_agent", "greet"])
def test_grave_matters_and_small_talk_are_never_taught(engine, intent):
    unclear = said("where is my stuff", "unclear_intent", 0, Result.ASKING, offered=[intent])
    keep(engine, "a", unclear, said("", intent, 5, pressed=True))
    assert found(engine) == []


def test_a_message_that_is_read_anew_is_one(engine):
    again, _, _ = said("where is my stuff", "track_order", 1, continues="this message")
    first, intent, result = said("where is my stuff", "nlu_fallback", 0)
    later = said("what is the status of my order", "track_order", 60)
    keep(engine, "a", (first + again, intent, result), later)
    assert found(engine) == []


def test_only_who_agreed_is_learned_from(engine):
    from switchboard.welcome.consent_book import ConsentAct, ConsentBook, HeldMessage

    unclear = said("where is my stuff", "unclear_intent", 0, Result.ASKING, offered=["track_order"])
    for conversation in "abc":
        keep(engine, conversation, unclear, said("", "track_order", 5, pressed=True))
    assert len(found(engine)) == 3
    assert found(engine, consent=True) == []
    book = ConsentBook(engine)
    for conversation, act in (("a", ConsentAct.GIVEN), ("b", ConsentAct.REFUSED)):
        book.ask(conversation, "1", HeldMessage("m", "hello"))
        book.settle(conversation, "1", act, "m2")
    assert len(found(engine, consent=True)) == 1
