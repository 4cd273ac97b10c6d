"""How long customers waited for a person: over time, and by the hour at which they came.

Times are what a customer waits, nights and Sundays included; they belong to the day on which the
ticket was opened.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

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


class TicketTimes(NamedTuple):
    """When a ticket was opened, where the shop is, and the seconds from then; None: not yet."""

    opened: datetime
    taken: float | None
    answered: float | None
    resolved: float | None


def read_tickets(db: Connection, period: Period) -> list[TicketTimes]:
    """The times of the tickets opened in a period."""
    table = tickets.c
    at = table.opened_at
    waits = (table.taken_at - at, table.first_answer_at - at, table.resolved_at - at)
    query = sa.select(at, *waits).where(at >= period.since, at < period.until)
    return [
        TicketTimes(datetime.fromtimestamp(opened, period.zone), taken, answered, resolved)
        for opened, taken, answered, resolved in db.execute(query)
    ]


def waiting_table(rows: Sequence[TicketTimes]) -> FigureTable:
    """Waits of the whole period."""
    steps = {
        "until somebody took it": [row.taken for row in rows],
        "until the first answer": [row.answered for row in rows],
        "until it was resolved": [row.resolved for row in rows],
    }
    lines: list[list[Cell]] = []
    for title, times in steps.items():
        waits = [wait for wait in times if wait is not None]
        lines.append([title, len(waits), len(rows) - len(waits), *spread(waits)])
    columns = [
        Column("From the opening of a ticket", Unit.WORD),
        Column("Tickets"),
        Column("not yet"),
        Column("half of them within", Unit.SECONDS),
        Column("nine of ten within", Unit.SECONDS),
    ]
    return FigureTable("waiting", columns, lines)


def times_table(
    name: str,
    rows: Sequence[TicketTimes],
    wait_of: Callable[[TicketTimes], float | None],
    period: Period,
) -> FigureTable:
    """Over time: one of the waits of tickets."""
    parts: list[list[float]] = [[] for _ in period.labels]
    for row in rows:
        wait = wait_of(row)
        if wait is not None:
            parts[period.part_of_day(row.opened.toordinal())].append(wait)
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


def read_hours(rows: Sequence[TicketTimes], policy: Policy) -> Mapping[str, list[Hour]]:
    """The waits for a first answer by weekday and hour, where the shop is."""
    waits: dict[tuple[int, int], list[float]] = defaultdict(list)
    came: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        at = row.opened.weekday(), row.opened.hour
        came[at] += 1
        if row.answered is not None:
            waits[at].append(row.answered)
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
