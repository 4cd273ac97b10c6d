"""Turns are recorded with route and cause, and counted."""

import pytest
import sqlalchemy as sa

from switchboard.conversations.routes import decide
from switchboard.conversations.turn_log import Turn, count_routes, record_turn
from switchboard.database.tables import turns


def test_routes_are_counted(engine):
    with engine.begin() as db:
        for name in ("track_order", "greet", "nlu_fallback"):
            turn = Turn(decide({"intent": {"name": name}}), name)
            record_turn(db, "maya", 10.0, "rest", turn)
    assert count_routes(engine) == {"known": 2, "open": 1}
    assert count_routes(engine, since=11.0) == {}
    with engine.connect() as db:
        causes = db.execute(sa.select(turns.c.cause).order_by(turns.c.id)).scalars().all()
    assert causes == ["intent", "intent", "unknown"]


def test_counting_since_a_moment_includes_it(engine):
    with engine.begin() as db:
        for at in (9.0, 10.0, 11.0):
            record_turn(
                db, "maya", at, "rest", Turn(decide({"intent": {"name": "greet"}}), "greet")
            )
    assert count_routes(engine, since=10.0) == {"known": 2}


@pytest.mark.parametrize("mood", [0.4, 0.0, None])
def test_what_is_written_down_fits_its_columns_and_zero_is_a_mood(engine, mood):
    long = decide({"intent": {"name": None}, "open_reason": "y" * 3000})
    with engine.begin() as db:
        record_turn(db, "maya", 10.0, "c" * 300, Turn(long, "x" * 300, mood))
    with engine.connect() as db:
        row = db.execute(sa.select(turns)).one()
    assert (row.reason, row.intent, row.channel) == ("y" * 255, "x" * 64, "c" * 64)
    assert row.mood == mood
