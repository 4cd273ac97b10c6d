"""What conversations cost by route, in money and minutes, beside a person's handling of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.conversations.routes import Route
from switchboard.database.tables import visit_scores, visits
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, share
from switchboard.overview.handling_rate import HandlingRate
from switchboard.overview.period import Period
from switchboard.overview.visit_score import Solved

FEWEST_MEASURED = 20
"""Conversations from which a person's minutes are those measured, and not the shop's own figure."""


@dataclass
class _Sums:
    conversations: int = 0
    seconds: float = 0.0
    money: float = 0.0
    measured: float = 0.0
    """Seconds of people's work."""
    unmeasured: int = 0
    """Conversations that a person handled, and nothing tells how long."""
    timed: int = 0
    """Conversations with measured work."""

    def add(self, other: _Sums) -> None:
        """Add another's sums to these."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True)
class HandlingCosts:
    """A period's costs. `person_seconds`: a person's time for one conversation, if `is_measured` in
    `timed` conversations, else the shop's own figure, which may be missing."""

    table: FigureTable
    person_seconds: float | None
    timed: int
    is_measured: bool


def read_handling(db: Connection, period: Period, rate: HandlingRate | None) -> HandlingCosts:
    """The costs of a period; without a rate, no money of people."""
    sums = _by_route(db, period)
    whole = _Sums()
    for one in sums.values():
        whole.add(one)
    enough = whole.timed >= FEWEST_MEASURED
    usual = rate.seconds if rate else None
    by_person = whole.measured / whole.timed if enough else usual
    rows = [
        _row(f"{route.value} route", sums.get(route.value, _Sums()), rate, by_person, usual)
        for route in Route
    ]
    rows.append(_row("all of them", whole, rate, by_person, usual))
    columns = [
        Column("Route", Unit.WORD),
        Column("Conversations"),
        Column("customer's time, each", Unit.SECONDS),
        Column("person's time, each", Unit.SECONDS),
        Column("money for the model", Unit.MONEY),
        Column("money for people", Unit.MONEY),
        Column("money, each", Unit.MONEY),
        Column("by a person, each", Unit.MONEY),
        Column("difference in all", Unit.MONEY),
    ]
    return HandlingCosts(FigureTable("handling", columns, rows), by_person, whole.timed, enough)


def _by_route(db: Connection, period: Period) -> dict[str, _Sums]:
    score = visit_scores.c
    timed = sa.case((score.person_seconds > 0, 1), else_=0)
    query = (
        sa.select(
            visits.c.route,
            sa.func.count(),
            sa.func.sum(score.seconds),
            sa.func.sum(score.model_money),
            sa.func.sum(sa.func.coalesce(score.person_seconds, 0.0)),
            sa.func.sum(sa.case((score.person_seconds.is_(None), 1), else_=0)),
            sa.func.sum(timed),
        )
        .select_from(visit_scores.join(visits, visits.c.id == score.visit_id))
        .where(score.day.between(period.first, period.last), score.solved != Solved.NOTHING.value)
        .group_by(visits.c.route)
    )
    return {row[0]: _sums(*map(float, row[1:])) for row in db.execute(query)}


def _sums(
    count: float, seconds: float, money: float, measured: float, unmeasured: float, timed: float
) -> _Sums:
    return _Sums(int(count), seconds, money, measured, int(unmeasured), int(timed))


def _row(
    title: str,
    sums: _Sums,
    rate: HandlingRate | None,
    by_person: float | None,
    usual: float | None,
) -> list[Cell]:
    """One route: `by_person` and `usual` are a person's seconds for one conversation, as measured
    or stated, and as stated."""
    count = sums.conversations
    work = sums.measured + sums.unmeasured * (usual or 0.0)
    paid = rate.money(work) if rate else None
    each = share(sums.money + (paid or 0.0), count)
    instead = rate.money(by_person) if rate and by_person is not None else None
    spared = None if instead is None or each is None else (instead - each) * count
    return [
        title,
        count,
        share(sums.seconds, count),
        share(work, count),
        sums.money,
        paid,
        each,
        instead if count else None,
        spared,
    ]
