"""How many conversations there were, by which way and channel, and what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.conversations.routes import Route
from switchboard.database.tables import visits
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, change, share
from switchboard.overview.period import Period
from switchboard.overview.visits import Outcome, Why

JUDGED = (Outcome.SOLVED, Outcome.UNSURE, Outcome.PERSON)
"""What the share of the solved is a share of: a greeting wants nothing, and what goes on may yet
end either way."""


@dataclass(frozen=True)
class VisitSum:
    """How many visits of a day were alike."""

    day: int
    channel: str
    route: str
    outcome: str
    why: str
    times: int


def read_visit_sums(db: Connection, period: Period) -> list[VisitSum]:
    """The visits of a period, summed up."""
    table = visits.c
    alike = (table.day, table.channel, table.route, table.outcome, table.why)
    query = (
        sa.select(*alike, sa.func.count())
        .where(table.day >= period.first, table.day <= period.last)
        .group_by(*alike)
    )
    return [VisitSum(*row) for row in db.execute(query)]


@dataclass(frozen=True)
class Tile:
    """A figure of a whole period beside that of the period before."""

    title: str
    value: float | None
    unit: Unit
    before: float | None
    rising_is_good: bool = True


def traffic_tiles(now: Sequence[VisitSum], before: Sequence[VisitSum]) -> list[Tile]:
    """The figures of all conversations together."""
    counts = [_total(sums, lambda _: True) for sums in (now, before)]
    solved = [solved_share(sums) for sums in (now, before)]
    handed = [_judged_share(sums, Outcome.PERSON) for sums in (now, before)]
    return [
        Tile("Conversations", counts[0], Unit.COUNT, counts[1]),
        Tile("Solved without a person", solved[0], Unit.SHARE, solved[1]),
        Tile("Went to a person", handed[0], Unit.SHARE, handed[1], rising_is_good=False),
    ]


def solved_share(sums: Sequence[VisitSum]) -> float | None:
    """The share that was solved without a person, of those that wanted something and are over."""
    return _judged_share(sums, Outcome.SOLVED)


def _judged_share(sums: Sequence[VisitSum], outcome: Outcome) -> float | None:
    judged = _total(sums, lambda one: one.outcome in [known.value for known in JUDGED])
    return share(_total(sums, lambda one: one.outcome == outcome.value), judged)


def _total(sums: Sequence[VisitSum], fits: Callable[[VisitSum], bool]) -> int:
    return sum(one.times for one in sums if fits(one))


def _by_part(
    sums: Sequence[VisitSum], period: Period, key: Callable[[VisitSum], str]
) -> list[Counter[str]]:
    parts: list[Counter[str]] = [Counter() for _ in period.labels]
    for one in sums:
        parts[period.part_of_day(one.day)][key(one)] += one.times
    return parts


def route_table(sums: Sequence[VisitSum], period: Period) -> FigureTable:
    """Conversations over time by the furthest way that they went."""
    parts = _by_part(sums, period, lambda one: one.route)
    names = [route.value for route in Route]
    rows: list[list[Cell]] = [
        [label, *(part[name] for name in names), sum(part.values())]
        for label, part in zip(period.labels, parts, strict=True)
    ]
    columns = [Column("From", Unit.TEXT), *map(Column, names), Column("all")]
    return FigureTable("routes", columns, rows)


def channel_table(sums: Sequence[VisitSum], period: Period) -> FigureTable:
    """Conversations over time by channel."""
    parts = _by_part(sums, period, lambda one: one.channel)
    names = sorted({one.channel for one in sums})
    rows: list[list[Cell]] = [
        [label, *(part[name] for name in names)]
        for label, part in zip(period.labels, parts, strict=True)
    ]
    return FigureTable("channels", [Column("From", Unit.TEXT), *map(Column, names)], rows)


def outcome_table(sums: Sequence[VisitSum], period: Period) -> FigureTable:
    """What the conversations of each part came to, and the share that was solved."""
    parts = _by_part(sums, period, lambda one: one.outcome)
    names = [outcome.value for outcome in Outcome]
    rows: list[list[Cell]] = []
    for label, part in zip(period.labels, parts, strict=True):
        judged = sum(part[outcome.value] for outcome in JUDGED)
        solved = share(part[Outcome.SOLVED.value], judged)
        rows.append([label, *(part[name] for name in names), solved])
    columns = [Column("From", Unit.TEXT), *map(Column, names), Column("solved of all", Unit.SHARE)]
    return FigureTable("outcomes", columns, rows)


def doubt_table(now: Sequence[VisitSum], before: Sequence[VisitSum]) -> FigureTable:
    """Why conversations are not counted as solved."""
    counts, earlier = (_doubts(sums) for sums in (now, before))
    rows = [
        [
            why.value,
            counts[why.value],
            earlier[why.value],
            change(counts[why.value], earlier[why.value]),
        ]
        for why in Why
        if why is not Why.NONE
    ]
    columns = [
        Column("Why", Unit.WORD),
        Column("Conversations"),
        Column("before"),
        Column("change", Unit.CHANGE),
    ]
    return FigureTable("unsure", columns, rows)


def _doubts(sums: Sequence[VisitSum]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in sums:
        counts[one.why] += one.times
    return counts
