"""How long customers waited for a person: over time, and by the hour at which they came.

Times are what a customer waits, nights and Sundays included; they belong to the day on which the
ticket was opened.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.database.tables import tickets
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit
from switchboard.overview.period import Period
from switchboard.shop.policy import WEEKDAYS, Policy

_LEVELS = (900.0, 3600.0, 4 * 3600.0, 24 * 3600.0)
"""Seconds at which a wait becomes worse, in the eyes of who waits."""


def spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The median and what nine of ten are within; None of nothing."""
    if not values:
        return None, None
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]


def read_tickets(db: Connection, period: Period) -> list[Row[Any]]:
    """The times of the tickets opened in a period."""
    table = tickets.c
    query = sa.select(table.opened_at, table.taken_at, table.first_answer_at, table.resolved_at)
    opened = (table.opened_at >= period.since, table.opened_at < period.until)
    return list(db.execute(query.where(*opened)))


def _taken(row: Row[Any], name: str) -> float | None:
    at = getattr(row, name)
    return None if at is None else float(at - row.opened_at)


def waiting_table(rows: Sequence[Row[Any]]) -> FigureTable:
    """Waits of the whole period."""
    steps = {
        "until somebody took it": "taken_at",
        "until the first answer": "first_answer_at",
        "until it was resolved": "resolved_at",
    }
    lines: list[list[Cell]] = []
    for title, name in steps.items():
        waits = [wait for row in rows if (wait := _taken(row, name)) is not None]
        lines.append([title, len(waits), len(rows) - len(waits), *spread(waits)])
    columns = [
        Column("From the opening of a ticket", Unit.WORD),
        Column("Tickets"),
        Column("not yet"),
        Column("half of them within", Unit.SECONDS),
        Column("nine of ten within", Unit.SECONDS),
    ]
    return FigureTable("waiting", columns, lines)


def times_table(name: str, field: str, rows: Sequence[Row[Any]], period: Period) -> FigureTable:
    """Over time: how long it took from the opening of tickets to the time in `field`."""
    parts: list[list[float]] = [[] for _ in period.labels]
    for row in rows:
        wait = _taken(row, field)
        if wait is not None:
            parts[period.part_of(row.opened_at)].append(wait)
    columns = [
        Column("From", Unit.TEXT),
        Column("Tickets"),
        Column("half of them within", Unit.SECONDS),
        Column("nine of ten within", Unit.SECONDS),
    ]
    lines: list[list[Cell]] = [
        [label, len(part), *spread(part)] for label, part in zip(period.labels, parts, strict=True)
    ]
    return FigureTable(name, columns, lines)


@dataclass(frozen=True)
class Hour:
    """An hour of a weekday: how long those who came then waited. `level`: 1 short to 5 long, 0
    nobody came."""

    hour: int
    tickets: int
    median: float | None
    level: int
    opened: bool


def read_hours(rows: Sequence[Row[Any]], policy: Policy) -> Mapping[str, list[Hour]]:
    """The waits for a first answer by weekday and hour, where the shop is."""
    waits: dict[tuple[int, int], list[float]] = defaultdict(list)
    came: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        at = datetime.fromtimestamp(row.opened_at, policy.timezone)
        came[at.weekday(), at.hour] += 1
        wait = _taken(row, "first_answer_at")
        if wait is not None:
            waits[at.weekday(), at.hour].append(wait)
    return {
        name: [
            _hour(hour, came[day, hour], waits[day, hour], _is_open(policy, name, hour))
            for hour in range(24)
        ]
        for day, name in enumerate(WEEKDAYS)
    }


def _hour(hour: int, came: int, waits: Sequence[float], opened: bool) -> Hour:
    median, _ = spread(waits)
    level = 0 if median is None else 1 + sum(median >= bound for bound in _LEVELS)
    return Hour(hour, came, median, level, opened)


def _is_open(policy: Policy, weekday: str, hour: int) -> bool:
    span = policy.opening(weekday)
    return span is not None and span[0].hour <= hour < span[1].hour + (span[1].minute > 0)


def hour_table(hours: Mapping[str, Sequence[Hour]]) -> FigureTable:
    """The waits by weekday and hour, one line each."""
    lines: list[list[Cell]] = [
        [day, f"{one.hour:02d}:00", one.tickets, one.median]
        for day, listed in hours.items()
        for one in listed
    ]
    columns = [
        Column("Weekday", Unit.WORD),
        Column("Hour", Unit.TEXT),
        Column("Tickets"),
        Column("half of them within", Unit.SECONDS),
    ]
    return FigureTable("hours", columns, lines)
