"""Keeps the table of visits up to date with the turns, from a background task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import DAY, epoch_now
from switchboard.conversations.routes import Route
from switchboard.database.tables import open_turns, tickets, turns, visits
from switchboard.overview.marks import SLACK, hold_mark, read_mark, set_mark
from switchboard.overview.period import local_day
from switchboard.overview.visits import AGAIN, PAUSE, Outcome, TurnSeen, read_visits

MARK = "visits"
STEP = DAY
"""Turns are read up to so many seconds after those read before: a long past goes by in steps."""
BATCH = 300
"""Conversations in one transaction, so that no other writer waits long."""


class VisitBook:
    """The table of visits. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, zone: tzinfo, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._zone, self._clock = engine, zone, clock

    def refresh(self) -> None:
        """Judge what was said since the last call, and what has become old enough to judge."""
        mark = read_mark(self._engine, MARK)
        now = self._clock()
        if mark is None:
            with self._engine.connect() as db:
                mark = db.execute(sa.select(sa.func.min(turns.c.at))).scalar()
            if mark is None:
                return
            with self._engine.begin() as db:
                set_mark(db, MARK, mark)
        while mark < now:
            mark = self._step(mark, min(mark + STEP, now))

    def _step(self, mark: float, end: float) -> float:
        """Bring visits from a mark up to `end`, as if that were now."""
        start = mark - SLACK
        with self._engine.connect() as db:
            changed = _changed(db, start, end)
        ids = iter(changed)
        while batch := list(islice(ids, BATCH)):
            with self._engine.begin() as db:
                hold_mark(db, MARK)
                self._rewrite(db, batch, start, end)
        with self._engine.begin() as db:
            set_mark(db, MARK, end)
        return end

    def _rewrite(self, db: Connection, ids: Sequence[str], start: float, end: float) -> None:
        """Write the visits anew that a turn since `start` may have changed."""
        mine = visits.c.conversation_id.in_(ids)
        # A visit that ended within AGAIN of a new turn is judged by it, too.
        touched = sa.select(visits.c.conversation_id, sa.func.min(visits.c.began_at)).where(
            mine, visits.c.ended_at >= start - AGAIN
        )
        begins = dict.fromkeys(ids, start)
        for conversation_id, began_at in db.execute(touched.group_by(visits.c.conversation_id)):
            begins[conversation_id] = min(float(began_at), start)
        seen, opened = _turns_of(db, begins, end), _tickets_of(db, begins)
        rows = []
        for conversation_id, heard in seen.items():
            for visit in read_visits(heard, opened[conversation_id], end):
                rows.append(
                    {
                        "conversation_id": conversation_id,
                        "began_at": visit.began_at,
                        "ended_at": visit.ended_at,
                        "day": local_day(visit.began_at, self._zone),
                        "channel": visit.channel,
                        "route": visit.route.value,
                        "outcome": visit.outcome.value,
                        "why": visit.why.value,
                    }
                )
        old = sa.select(visits.c.id, visits.c.conversation_id, visits.c.began_at).where(
            mine, visits.c.began_at >= min(begins.values())
        )
        gone = [row.id for row in db.execute(old) if row.began_at >= begins[row.conversation_id]]
        if gone:
            db.execute(sa.delete(visits).where(visits.c.id.in_(gone)))
        if rows:
            db.execute(sa.insert(visits), rows)


def _changed(db: Connection, start: float, end: float) -> list[str]:
    """Conversations with new turns, and those that may be judged by now."""
    heard = sa.select(turns.c.conversation_id).where(turns.c.at >= start, turns.c.at <= end)
    ended = sa.select(visits.c.conversation_id).where(
        visits.c.outcome == Outcome.GOING_ON.value, visits.c.ended_at <= end - PAUSE
    )
    # In one order everywhere, so that two processes cannot wait for each other.
    return sorted(set(db.execute(heard).scalars()) | set(db.execute(ended).scalars()))


def _of(
    db: Connection, columns: Iterable[sa.Column], at: sa.Column, begins: dict[str, float]
) -> list[Row[Any]]:
    """The rows of these conversations, each from where it begins, oldest first."""
    table = at.table
    query = (
        sa.select(*columns)
        .where(table.c.conversation_id.in_(list(begins)), at >= min(begins.values()))
        .order_by(at, table.c.id)
    )
    return list(db.execute(query))


def _tickets_of(db: Connection, begins: dict[str, float]) -> dict[str, list[float]]:
    opened: dict[str, list[float]] = defaultdict(list)
    columns = (tickets.c.conversation_id, tickets.c.opened_at)
    for row in _of(db, columns, tickets.c.opened_at, begins):
        opened[row.conversation_id].append(float(row.opened_at))
    return opened


def _turns_of(db: Connection, begins: dict[str, float], end: float) -> dict[str, list[TurnSeen]]:
    """The turns of each conversation up to `end`, the open ones with what was found."""
    asked: dict[str, list[Row[Any]]] = defaultdict(list)
    columns = (open_turns.c.conversation_id, open_turns.c.at)
    more = (open_turns.c.question, open_turns.c.outcome)
    for row in _of(db, (*columns, *more), open_turns.c.at, begins):
        asked[row.conversation_id].append(row)
    heard: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _of(db, turns.c, turns.c.at, begins):
        if begins[row.conversation_id] <= row.at <= end:
            heard[row.conversation_id].append(row)
    return {
        conversation_id: with_questions(rows, asked[conversation_id])
        for conversation_id, rows in heard.items()
    }


def with_questions(rows: Sequence[Row[Any]], asked: Sequence[Row[Any]]) -> list[TurnSeen]:
    """Each open turn takes the last question recorded between it and the next turn."""
    found = []
    for index, row in enumerate(rows):
        until = rows[index + 1].at if index + 1 < len(rows) else float("inf")
        mine = [a for a in asked if row.at <= a.at < until] if row.route == Route.OPEN.value else []
        found.append(
            TurnSeen(
                at=row.at,
                channel=row.channel,
                route=row.route,
                intent=row.intent,
                mood=row.mood,
                level=row.level,
                result=row.result,
                question=mine[-1].question if mine else "",
                found=mine[-1].outcome if mine else "",
            )
        )
    return found
