"""The tickets of a period as CSV, without the customers' data."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import people, ratings, tickets
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit
from switchboard.overview.period import Period

COLUMNS = (
    "reference channel language reason urgency opened_at taken_at first_answer_at resolved_at "
    "mood agent score"
).split()


def ticket_export(db: Connection, period: Period) -> FigureTable:
    """One line per ticket that was opened in the period; times in UTC."""
    query = (
        sa.select(tickets, people.c.login.label("agent"), ratings.c.score)
        .select_from(
            tickets.outerjoin(people, people.c.id == tickets.c.assignee_id).outerjoin(
                ratings, ratings.c.ticket == tickets.c.reference
            )
        )
        .where(tickets.c.opened_at >= period.since, tickets.c.opened_at < period.until)
        .order_by(tickets.c.id)
    )
    rows = [[_cell(name, row[name]) for name in COLUMNS] for row in db.execute(query).mappings()]
    return FigureTable("tickets", [Column(name, Unit.TEXT) for name in COLUMNS], rows)


def _cell(name: str, value: Any) -> Cell:
    if name.endswith("_at") and value is not None:
        return datetime.fromtimestamp(value, timezone.utc).isoformat(timespec="seconds")
    return value  # type: ignore[no-any-return]
