"""What customers ask of the known route, against the period before."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import daily_intents
from switchboard.overview.figure_table import Column, FigureTable, Unit, change
from switchboard.overview.period import Period


def wish_table(db: Connection, period: Period) -> FigureTable:
    """Known intents by count; greetings, thanks and the like ask for nothing and are left out."""
    now, before = _counts(db, period), _counts(db, period.before)
    names = sorted({*now, *before}, key=lambda name: (-now.get(name, 0), name))
    rows = [
        [
            name.replace("_", " "),
            now.get(name, 0),
            before.get(name, 0),
            change(now.get(name, 0), before.get(name, 0)),
        ]
        for name in names
    ]
    columns = [
        Column("Wish", Unit.TEXT),
        Column("times"),
        Column("before"),
        Column("change", Unit.CHANGE),
    ]
    return FigureTable("wishes", columns, rows)


def _counts(db: Connection, period: Period) -> dict[str, int]:
    table = daily_intents.c
    query = (
        sa.select(table.intent, sa.func.sum(table.turns))
        .where(table.day.between(period.first, period.last))
        .group_by(table.intent)
    )
    return {intent: int(times) for intent, times in db.execute(query)}
