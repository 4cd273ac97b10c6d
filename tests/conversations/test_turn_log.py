"""Turns are recorded with route and cause, and counted."""

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
