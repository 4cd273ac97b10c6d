import pytest

from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    Route,
    count_routes,
    read_turn,
    record_turn,
)


@pytest.mark.parametrize(
    ("data", "paused", "route", "reason"),
    [
        ({"intent": {"name": "track_order", "confidence": 0.9}}, False, Route.KNOWN, "track_order 0.90"),
        ({"intent": {"name": "nlu_fallback"}, "open_reason": "like none"}, False, Route.OPEN, "like none"),
        ({"intent": {"name": None}}, False, Route.OPEN, "no known intent"),
        ({}, False, Route.OPEN, "no known intent"),
        ({"intent": {"name": "negative_sentiment"}, "mood": {"reason": "anger 0.9"}}, False, Route.PERSON, "anger 0.9"),
        ({"intent": {"name": "contact_human_agent"}}, False, Route.PERSON, "asked for a person"),
        ({"intent": {"name": "track_order"}}, True, Route.PERSON, "already with a person"),
    ],
)  # fmt: skip
def test_each_turn_has_a_route_and_a_reason(data, paused, route, reason):
    turn = read_turn(data, paused)
    assert (turn.route, turn.reason) == (route, reason)


def test_routes_are_counted(engine):
    with engine.begin() as db:
        for name in ("track_order", "greet", "nlu_fallback"):
            record_turn(db, "maya", 10.0, "rest", read_turn({"intent": {"name": name}}, False))
    assert count_routes(engine) == {"known": 2, "open": 1}
    assert count_routes(engine, since=11.0) == {}


@pytest.mark.parametrize("intent", sorted(CAREFUL_INTENTS))
def test_a_careful_topic_is_a_persons_turn(intent):
    turn = read_turn({"intent": {"name": intent, "confidence": 1.0}}, False)
    assert (turn.route, turn.reason, turn.intent) == (
        Route.PERSON,
        intent.replace("_", " "),
        intent,
    )


def test_upset_without_a_word_why_is_said_so():
    turn = read_turn({"intent": {"name": "negative_sentiment"}}, False)
    assert (turn.route, turn.reason) == (Route.PERSON, "upset")


@pytest.mark.parametrize(
    ("mood", "kept"),
    [({"anger": 0.4, "displeasure": 0.9, "negative": 0.8}, 0.4), ({"anger": 0.0}, 0.0), ({}, None)],
)
def test_a_turn_keeps_how_angry_it_was(mood, kept):
    assert read_turn({"intent": {"name": "greet"}, "mood": mood}, False).mood == kept


def test_what_is_written_down_fits_its_columns(engine):
    data = {"intent": {"name": "x" * 300}, "open_reason": "y" * 300}
    upset = {"intent": {"name": "negative_sentiment"}, "mood": {"reason": "z" * 3000}}
    with engine.begin() as db:
        for turn in (read_turn(data, False), read_turn(upset, False)):
            assert len(turn.intent) <= 64
            assert len(turn.reason) <= 255
            record_turn(db, "maya", 10.0, "c" * 300, turn)
    assert count_routes(engine) == {"known": 1, "person": 1}


def test_counting_since_a_moment_includes_it(engine):
    with engine.begin() as db:
        for at in (9.0, 10.0, 11.0):
            record_turn(db, "maya", at, "rest", read_turn({"intent": {"name": "greet"}}, False))
    assert count_routes(engine, since=10.0) == {"known": 2}
