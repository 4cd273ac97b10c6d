"""Sums by day of what would take long to count each time: known wishes, the model's use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import DAY, epoch_now
from switchboard.conversations.routes import Route
from switchboard.database.tables import daily_intents, daily_model_use, open_turns, turns
from switchboard.overview.marks import SLACK, hold_mark, read_mark, set_mark
from switchboard.overview.period import day_begins, local_day
from switchboard.overview.visits import NO_WISH

MARK = "daily sums"


class DailySums:
    """The tables of daily sums. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, zone: tzinfo, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._zone, self._clock = engine, zone, clock

    def refresh(self) -> None:
        """Sum up the days since the last call, that one's included."""
        now, mark = self._clock(), read_mark(self._engine, MARK)
        if mark is None:
            mark = self._beginning()
            if mark is None:
                return
            with self._engine.begin() as db:
                set_mark(db, MARK, mark)
        start = mark - SLACK
        for day in range(local_day(start, self._zone), local_day(now, self._zone) + 1):
            since, until = day_begins(day, self._zone), day_begins(day + 1, self._zone)
            self._write(daily_intents, day, _known_wishes(since, until))
        for day in range(int(start // DAY), int(now // DAY) + 1):
            self._write(daily_model_use, day, _model_use(day * DAY, (day + 1) * DAY))
        with self._engine.begin() as db:
            set_mark(db, MARK, now)

    def _beginning(self) -> float | None:
        with self._engine.connect() as db:
            first = [
                db.execute(sa.select(sa.func.min(t.c.at))).scalar() for t in (turns, open_turns)
            ]
        known = [float(at) for at in first if at is not None]
        return min(known) if known else None

    def _write(self, table: sa.Table, day: int, query: sa.sql.Select) -> None:
        with self._engine.begin() as db:
            hold_mark(db, MARK)
            rows = _rows(db, query, day)
            db.execute(sa.delete(table).where(table.c.day == day))
            if rows:
                db.execute(sa.insert(table), rows)


def _rows(db: Connection, query: sa.sql.Select, day: int) -> list[dict[str, Any]]:
    return [{"day": day, **row} for row in db.execute(query).mappings()]


def _known_wishes(since: float, until: float) -> sa.sql.Select:
    return (
        sa.select(turns.c.intent, sa.func.count().label("turns"))
        .where(
            turns.c.at >= since,
            turns.c.at < until,
            turns.c.route == Route.KNOWN.value,
            turns.c.intent.not_in(NO_WISH),
        )
        .group_by(turns.c.intent)
    )


def _model_use(since: float, until: float) -> sa.sql.Select:
    table = open_turns.c
    called = sa.case((table.cached.is_(True), 0), (table.model == "", 0), else_=1)
    return (
        sa.select(
            sa.func.count().label("questions"),
            sa.func.sum(called).label("calls"),
            sa.func.sum(sa.case((table.cached.is_(True), 1), else_=0)).label("cached"),
            sa.func.sum(table.prompt_tokens + table.completion_tokens).label("tokens"),
            sa.func.sum(table.money).label("money"),
        )
        .where(table.at >= since, table.at < until)
        .having(sa.func.count() > 0)
    )
