import pytest

from switchboard.conversations.turns import Route, count_routes, read_turn, record_turn


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
