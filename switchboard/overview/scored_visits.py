"""Every conversation with its score and the reasons, worst first: by pages, and all of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.database.tables import visit_scores, visits
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit
from switchboard.overview.handling_rate import HandlingRate
from switchboard.overview.period import Period
from switchboard.overview.visit_score import read_reasons

PAGE = 25
AT_ONCE = 1000
"""Rows of an export in memory."""
NAME = "conversation-scores"
_S, _V = visit_scores.c, visits.c
_QUERY = sa.select(
    visit_scores, _V.began_at, _V.ended_at, _V.conversation_id, _V.channel, _V.route
).select_from(visit_scores.join(visits, visits.c.id == visit_scores.c.visit_id))


@dataclass(frozen=True)
class ScoredVisit:
    """A conversation with its score. `conversation_id` is for the desk alone, never for an export.

    `rephrasings` is None where the words were gone; `person_seconds` is None where a person handled
    it and nothing tells how long.
    """

    id: int
    conversation_id: str
    began_at: float
    ended_at: float
    channel: str
    route: str
    score: int
    solved: str
    turns: int
    repeats: int
    rephrasings: int | None
    mood_first: str
    mood_worst: str
    mood_last: str
    reasons: tuple[tuple[str, int], ...]
    ticket: str
    person_seconds: float | None
    model_money: float

    @property
    def address(self) -> str:
        """Where the desk shows its story. The time is in it since a visit that is read anew gets
        another number."""
        return f"/overview/story/{self.id}-{int(self.began_at)}"


def _visit(row: Row[Any]) -> ScoredVisit:
    return ScoredVisit(
        id=row.visit_id,
        conversation_id=row.conversation_id,
        began_at=float(row.began_at),
        ended_at=float(row.ended_at),
        channel=row.channel,
        route=row.route,
        score=row.score,
        solved=row.solved,
        turns=row.turns,
        repeats=row.repeats,
        rephrasings=row.rephrasings,
        mood_first=row.mood_first,
        mood_worst=row.mood_worst,
        mood_last=row.mood_last,
        reasons=tuple(read_reasons(row.reasons)),
        ticket=row.ticket or "",
        person_seconds=row.person_seconds,
        model_money=row.model_money,
    )


def worst_visits(
    db: Connection, period: Period, page: int = 0, size: int = PAGE
) -> tuple[list[ScoredVisit], bool]:
    """A page of a period's conversations, worst first, and whether there are more."""
    query = (
        _QUERY.where(_S.day.between(period.first, period.last))
        .order_by(_S.score, _S.visit_id.desc())
        .offset(page * size)
        .limit(size + 1)
    )
    found = [_visit(row) for row in db.execute(query)]
    return found[:size], len(found) > size


def find_visit(db: Connection, number: int, began: str) -> ScoredVisit | None:
    """A scored conversation by its number and the second in which it began, as its address has
    them; None once it was read anew."""
    row = db.execute(_QUERY.where(_S.visit_id == number)).first()
    return _visit(row) if row is not None and str(int(row.began_at)) == began else None


def all_visits(engine: Engine, period: Period) -> Iterator[ScoredVisit]:
    """All of a period's conversations, worst first. In memory are their numbers and `AT_ONCE` of
    them; those that are read anew meanwhile are left out."""
    ordered = sa.select(_S.visit_id).where(_S.day.between(period.first, period.last))
    with engine.connect() as db:
        found = db.execute(ordered.order_by(_S.score, _S.visit_id.desc())).scalars()
        numbers = array("q", found)
    for first in range(0, len(numbers), AT_ONCE):
        mine = numbers[first : first + AT_ONCE].tolist()
        with engine.connect() as db:
            rows = db.execute(_QUERY.where(_S.visit_id.in_(mine)))
            visits_of = {row.visit_id: _visit(row) for row in rows}
        yield from (visits_of[number] for number in mine if number in visits_of)


_COLUMNS = (
    *("began_at channel route score solved turns repeats rephrasings".split()),
    *("mood_first mood_worst mood_last reasons ticket seconds person_seconds".split()),
    *("model_money person_money story".split()),
)


def score_lines(engine: Engine, period: Period, rate: HandlingRate | None) -> Iterator[FigureTable]:
    """The export of all of them, in tables of many rows each; without customers and their words.

    Times are UTC and in seconds; what nobody measured of a person's time is the shop's own figure.
    """
    columns = [Column(name, Unit.TEXT) for name in _COLUMNS]
    rows: list[list[Cell]] = []
    for visit in all_visits(engine, period):
        rows.append(_line(visit, rate))
        if len(rows) == AT_ONCE:
            yield FigureTable(NAME, columns, rows)
            rows = []
    yield FigureTable(NAME, columns, rows)


def _line(visit: ScoredVisit, rate: HandlingRate | None) -> list[Cell]:
    work = visit.person_seconds
    if work is None and rate is not None:
        work = rate.seconds
    began = datetime.fromtimestamp(visit.began_at, timezone.utc)
    return [
        began.isoformat(timespec="seconds"),
        visit.channel,
        visit.route,
        visit.score,
        visit.solved,
        visit.turns,
        visit.repeats,
        visit.rephrasings,
        visit.mood_first,
        visit.mood_worst,
        visit.mood_last,
        "; ".join(f"{reason} {points:+d}" for reason, points in visit.reasons),
        visit.ticket,
        round(visit.ended_at - visit.began_at, 1),
        work,
        visit.model_money,
        None if rate is None or work is None else round(rate.money(work), 4),
        visit.address,
    ]
