"""How far the overview's background tasks have come, and that only one of them works at a time."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.connection import insert_new
from switchboard.database.tables import overview_marks

SLACK = 600.0
"""Seconds: what happened so long before a mark is read again, since a turn is stored at its end
under the time at which it began."""


def read_mark(engine: Engine, name: str) -> float | None:
    """A mark; None before the first."""
    with engine.connect() as db:
        mine = sa.select(overview_marks.c.value).where(overview_marks.c.name == name)
        value = db.execute(mine).scalar()
    return None if value is None else float(value)


def set_mark(db: Connection, name: str, value: float) -> None:
    """Move a mark, in the caller's transaction."""
    if not insert_new(db, overview_marks, {"name": name, "value": value}):
        mine = overview_marks.c.name == name
        db.execute(sa.update(overview_marks).where(mine).values(value=value))


def hold_mark(db: Connection, name: str) -> None:
    """Let no other process pass here before the caller's transaction ends."""
    mine = overview_marks.c.name == name
    db.execute(sa.update(overview_marks).where(mine).values(value=overview_marks.c.value))
