"""What the language model cost: by days in UTC, as its ceiling counts them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import daily_model_use, model_spending
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, share
from switchboard.overview.period import Period

_EPOCH = date(1970, 1, 1).toordinal()
_SUMS = ("questions", "calls", "cached", "tokens", "money", "reserved")


def read_costs(db: Connection, period: Period) -> dict[int, dict[str, float]]:
    """The sums of each day that has any."""
    first, last = period.first - _EPOCH, period.last - _EPOCH
    days: dict[int, dict[str, float]] = {}
    used = sa.select(daily_model_use).where(daily_model_use.c.day.between(first, last))
    for row in db.execute(used).mappings():
        days.setdefault(row["day"], dict.fromkeys(_SUMS, 0.0)).update(
            {name: float(row[name]) for name in _SUMS if name in row}
        )
    spent = sa.select(model_spending).where(model_spending.c.day.between(first, last))
    for row in db.execute(spent).mappings():
        day = days.setdefault(row["day"], dict.fromkeys(_SUMS, 0.0))
        day["reserved"] = float(row["money"])
    return days


def total_cost(days: dict[int, dict[str, float]]) -> float:
    """The money that answers to open questions cost."""
    return sum(day["money"] for day in days.values())


def cost_table(days: dict[int, dict[str, float]], period: Period) -> FigureTable:
    """Over time: money, calls, and the share of answers that needed no call because they were kept.

    `reserved` is what the day's ceiling counts: all models, calls that failed included.
    """
    parts = [dict.fromkeys(_SUMS, 0.0) for _ in period.labels]
    for day, sums in days.items():
        part = parts[period.part_of_day(day + _EPOCH)]
        for name in _SUMS:
            part[name] += sums[name]
    lines: list[list[Cell]] = [
        [
            label,
            part["money"],
            part["reserved"],
            int(part["questions"]),
            int(part["calls"]),
            share(part["cached"], part["cached"] + part["calls"]),
            int(part["tokens"]),
        ]
        for label, part in zip(period.labels, parts, strict=True)
    ]
    columns = [
        Column("From", Unit.TEXT),
        Column("money", Unit.MONEY),
        Column("reserved", Unit.MONEY),
        Column("open questions"),
        Column("calls"),
        Column("kept answers", Unit.SHARE),
        Column("tokens"),
    ]
    return FigureTable("costs", columns, lines)
