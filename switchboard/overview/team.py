"""What each person at the desk did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import people, ratings, ticket_entries, tickets
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit
from switchboard.overview.period import Period
from switchboard.overview.waits import spread
from switchboard.tickets.entries import EntryKind

_ENDED = (EntryKind.CLOSED.value, EntryKind.GIVEN_BACK.value)


@dataclass
class _Work:
    taken: int = 0
    answered: int = 0
    ended: int = 0
    first_answers: list[float] = field(default_factory=list)
    score: float | None = None
    rated: int = 0


def team_table(db: Connection, period: Period) -> FigureTable:
    """A line for each person who did something in the period, by name.

    Each column counts tickets, one once, however often it was taken or answered. The first answer
    is timed from when the ticket was taken: the wait before that is nobody's own.
    """
    work: dict[int, _Work] = defaultdict(_Work)
    for person_id, kind, times in db.execute(_acts(period)):
        if kind == EntryKind.TAKEN.value:
            work[person_id].taken = times
        elif kind == EntryKind.ANSWER.value:
            work[person_id].answered = times
        else:
            work[person_id].ended += times
    for person_id, seconds in db.execute(_first_answers(period)):
        work[person_id].first_answers.append(max(0.0, float(seconds)))
    for person_id, mean, rated in db.execute(_scores(period)):
        work[person_id].score, work[person_id].rated = float(mean), int(rated)
    names = {row.id: row.name for row in db.execute(sa.select(people.c.id, people.c.name))}
    lines: list[list[Cell]] = [
        [
            names.get(person_id, "?"),
            one.taken,
            one.answered,
            one.ended,
            spread(one.first_answers)[0],
            one.rated,
            one.score,
        ]
        for person_id, one in sorted(work.items(), key=lambda item: names.get(item[0], "?"))
    ]
    columns = [
        Column("Person", Unit.TEXT),
        Column("taken"),
        Column("answered"),
        Column("closed or given back"),
        Column("half of first answers within", Unit.SECONDS),
        Column("ratings"),
        Column("satisfaction", Unit.SCORE),
    ]
    return FigureTable("team", columns, lines)


def _acts(period: Period) -> sa.sql.Select:
    table = ticket_entries.c
    kinds = (EntryKind.TAKEN.value, EntryKind.ANSWER.value, *_ENDED)
    return (
        sa.select(table.person_id, table.kind, sa.func.count(table.ticket_id.distinct()))
        .where(
            table.at >= period.since,
            table.at < period.until,
            table.person_id.is_not(None),
            table.kind.in_(kinds),
        )
        .group_by(table.person_id, table.kind)
    )


def _first_answers(period: Period) -> sa.sql.Select:
    """Who first answered each ticket that was first answered in the period, and how soon."""
    table = ticket_entries
    first = (
        sa.select(sa.func.min(table.c.id).label("id"))
        .where(
            table.c.kind == EntryKind.ANSWER.value,
            table.c.ticket_id.in_(
                sa.select(table.c.ticket_id).where(
                    table.c.at >= period.since, table.c.at < period.until
                )
            ),
        )
        .group_by(table.c.ticket_id)
        .subquery()
    )
    joined = table.join(first, first.c.id == table.c.id).join(
        tickets, tickets.c.id == table.c.ticket_id
    )
    return (
        sa.select(table.c.person_id, table.c.at - tickets.c.taken_at)
        .select_from(joined)
        .where(
            table.c.at >= period.since,
            table.c.at < period.until,
            table.c.person_id.is_not(None),
            tickets.c.taken_at.is_not(None),
        )
    )


def _scores(period: Period) -> sa.sql.Select:
    asked = ratings.c.asked_at
    return (
        sa.select(ratings.c.person_id, sa.func.avg(ratings.c.score), sa.func.count())
        .where(
            asked >= period.since,
            asked < period.until,
            ratings.c.person_id.is_not(None),
            ratings.c.score.is_not(None),
        )
        .group_by(ratings.c.person_id)
    )
