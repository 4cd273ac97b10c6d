"""How content customers were: their scores over time, their comments, their anger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.database.tables import ratings, tickets, turns
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, share
from switchboard.overview.period import Period
from switchboard.privacy.redaction import redact

PAGE = 20
"""Comments on a page."""
SCORES = range(1, 6)


def read_scores(db: Connection, period: Period) -> list[Row[Any]]:
    """When customers were asked in a period, and what they answered, if anything."""
    asked = ratings.c.asked_at
    query = sa.select(asked, ratings.c.score)
    return list(db.execute(query.where(asked >= period.since, asked < period.until)))


def mean_score(rows: Sequence[Row[Any]]) -> float | None:
    """The mean of the scores; None without one."""
    given = [row.score for row in rows if row.score is not None]
    return share(sum(given), len(given))


def satisfaction_table(rows: Sequence[Row[Any]], period: Period) -> FigureTable:
    """Over time, by the day of the question: who was asked, who answered, and how content."""
    parts: list[list[Row[Any]]] = [[] for _ in period.labels]
    for row in rows:
        parts[period.part_of(row.asked_at)].append(row)
    lines: list[list[Cell]] = []
    for label, part in zip(period.labels, parts, strict=True):
        given = sum(row.score is not None for row in part)
        lines.append([label, len(part), given, mean_score(part)])
    columns = [
        Column("From", Unit.TEXT),
        Column("asked"),
        Column("answered"),
        Column("satisfaction", Unit.SCORE),
    ]
    return FigureTable("satisfaction", columns, lines)


def score_table(rows: Sequence[Row[Any]]) -> FigureTable:
    """How often each score was given."""
    counts = Counter(row.score for row in rows)
    lines: list[list[Cell]] = [[str(score), counts[score]] for score in SCORES]
    return FigureTable("scores", [Column("Score", Unit.TEXT), Column("Customers")], lines)


@dataclass(frozen=True)
class Comment:
    """What a customer said to their score."""

    at: float
    score: int | None
    ticket: str
    text: str


def read_comments(
    db: Connection, period: Period, page: int = 0, size: int = PAGE
) -> tuple[list[Comment], bool]:
    """A page of the comments, newest first, and whether there are older ones."""
    at = ratings.c.answered_at
    query = (
        sa.select(at, ratings.c.score, ratings.c.ticket, ratings.c.comment)
        .where(ratings.c.comment.is_not(None), at >= period.since, at < period.until)
        .order_by(at.desc(), ratings.c.id.desc())
        .offset(page * size)
        .limit(size + 1)
    )
    found = [Comment(*row) for row in db.execute(query)]
    return found[:size], len(found) > size


def comment_table(comments: Sequence[Comment], period: Period) -> FigureTable:
    """Comments for export: the day, the score and the words, without what is personal in them."""
    lines: list[list[Cell]] = [
        [period.day_of(one.at), one.score, redact(one.text)] for one in comments
    ]
    columns = [Column("Day", Unit.TEXT), Column("score"), Column("comment", Unit.TEXT)]
    return FigureTable("comments", columns, lines)


def anger_table(db: Connection, period: Period) -> FigureTable:
    """The mean anger with which customers came to a person, and of their last message after the
    person's first answer."""
    opened = (tickets.c.opened_at >= period.since, tickets.c.opened_at < period.until)
    last = (
        sa.select(turns.c.mood)
        .where(
            turns.c.conversation_id == tickets.c.conversation_id,
            turns.c.at > tickets.c.first_answer_at,
            turns.c.mood.is_not(None),
        )
        .order_by(turns.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    answered = sa.select(last.label("mood")).where(*opened, tickets.c.first_answer_at.is_not(None))
    after = answered.subquery().c.mood
    means = (
        sa.select(sa.func.count(tickets.c.mood), sa.func.avg(tickets.c.mood)).where(*opened),
        sa.select(sa.func.count(after), sa.func.avg(after)),
    )
    titles = ("when they came", "after a person answered")
    lines: list[list[Cell]] = []
    for title, query in zip(titles, means, strict=True):
        count, mean = db.execute(query).one()
        lines.append([title, int(count), None if mean is None else float(mean)])
    columns = [
        Column("Anger, 0 to 1", Unit.WORD),
        Column("Customers"),
        Column("mean", Unit.SCORE),
    ]
    return FigureTable("anger", columns, lines)
