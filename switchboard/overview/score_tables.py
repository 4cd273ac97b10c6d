"""How conversations went, told without a survey: over time, the reasons, the course of moods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.conversations.moods import Level
from switchboard.database.tables import visit_scores
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, share
from switchboard.overview.period import Period
from switchboard.overview.visit_score import Solved, read_reasons

_SUMS = ("conversations", "points", "turns", "repeats", "rephrasings", "told")
_LEVELS = [level.value for level in Level]


def _in(period: Period) -> Any:
    return visit_scores.c.day.between(period.first, period.last)


def quality_table(db: Connection, period: Period) -> FigureTable:
    """Over time: the mean score, and what effort conversations were for customers. Rephrasings are
    of those conversations of which the words were there."""
    table = visit_scores.c
    query = (
        sa.select(
            table.day,
            sa.func.count(),
            sa.func.sum(table.score),
            sa.func.sum(table.turns),
            sa.func.sum(table.repeats),
            sa.func.sum(table.rephrasings),
            sa.func.count(table.rephrasings),
        )
        .where(_in(period), table.solved != Solved.NOTHING.value)
        .group_by(table.day)
    )
    parts = [dict.fromkeys(_SUMS, 0.0) for _ in period.labels]
    for day, *sums in db.execute(query):
        part = parts[period.part_of_day(day)]
        for name, value in zip(_SUMS, sums, strict=True):
            part[name] += float(value or 0)
    lines: list[list[Cell]] = [
        [
            label,
            int(part["conversations"]),
            *(share(part[name], part["conversations"]) for name in ("points", "turns", "repeats")),
            share(part["rephrasings"], part["told"]),
        ]
        for label, part in zip(period.labels, parts, strict=True)
    ]
    columns = [
        Column("From", Unit.TEXT),
        Column("Conversations"),
        Column("score, 0 to 100", Unit.SCORE),
        Column("messages each", Unit.SCORE),
        Column("said again, each", Unit.SCORE),
        Column("in other words, each", Unit.SCORE),
    ]
    return FigureTable("conversation-quality", columns, lines)


@dataclass(frozen=True)
class ScoreCount:
    """How many conversations were alike in what their scores tell."""

    solved: str
    mood_first: str
    mood_last: str
    reasons: str
    times: int


def read_score_counts(db: Connection, period: Period) -> list[ScoreCount]:
    """What the scores of a period tell, counted in one go."""
    table = visit_scores.c
    alike = (table.solved, table.mood_first, table.mood_last, table.reasons)
    query = sa.select(*alike, sa.func.count()).where(_in(period)).group_by(*alike)
    return [ScoreCount(*row) for row in db.execute(query)]


def solved_table(counts: Sequence[ScoreCount]) -> FigureTable:
    """Whether what was wanted was solved, by the bot or by a person."""
    times: Counter[str] = Counter()
    for one in counts:
        times[one.solved] += one.times
    whole = sum(times.values())
    rows: list[list[Cell]] = [
        [one.value, times[one.value], share(times[one.value], whole)] for one in Solved
    ]
    columns = [Column("Solved", Unit.WORD), Column("Conversations"), Column("share", Unit.SHARE)]
    return FigureTable("solved", columns, rows)


def reason_table(counts: Sequence[ScoreCount]) -> FigureTable:
    """What took most away from the scores, and what gave to them."""
    times: Counter[str] = Counter()
    points: Counter[str] = Counter()
    for one in counts:
        for reason, worth in read_reasons(one.reasons):
            times[reason] += one.times
            points[reason] += worth * one.times
    rows: list[list[Cell]] = [
        [reason, times[reason], points[reason]]
        for reason in sorted(times, key=lambda name: (points[name], name))
    ]
    columns = [Column("Reason", Unit.WORD), Column("Conversations"), Column("points")]
    return FigureTable("score-reasons", columns, rows)


def mood_table(counts: Sequence[ScoreCount]) -> FigureTable:
    """How customers were at last, by how they were at first."""
    times: Counter[tuple[str, str]] = Counter()
    for one in counts:
        times[one.mood_first, one.mood_last] += one.times
    rows: list[list[Cell]] = [
        [first, *(times[first, last] for last in _LEVELS)] for first in _LEVELS
    ]
    columns = [Column("At first", Unit.WORD), *map(Column, _LEVELS)]
    return FigureTable("moods", columns, rows)
