"""Why conversations went to a person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import tickets
from switchboard.overview.figure_table import Column, FigureTable, Unit, change, share
from switchboard.overview.period import Period


def handover_table(db: Connection, period: Period) -> FigureTable:
    """Tickets by reason, most frequent first, against the period before."""
    now, before = _reasons(db, period), _reasons(db, period.before)
    whole = sum(now.values())
    names = sorted({*now, *before}, key=lambda name: (-now.get(name, 0), name))
    rows = [
        [
            name,
            now.get(name, 0),
            share(now.get(name, 0), whole),
            before.get(name, 0),
            change(now.get(name, 0), before.get(name, 0)),
        ]
        for name in names
    ]
    columns = [
        Column("Reason", Unit.WORD),
        Column("Tickets"),
        Column("share", Unit.SHARE),
        Column("before"),
        Column("change", Unit.CHANGE),
    ]
    return FigureTable("handovers", columns, rows)


def _reasons(db: Connection, period: Period) -> dict[str, int]:
    query = (
        sa.select(tickets.c.reason, sa.func.count())
        .where(tickets.c.opened_at >= period.since, tickets.c.opened_at < period.until)
        .group_by(tickets.c.reason)
    )
    return {reason: int(times) for reason, times in db.execute(query)}
