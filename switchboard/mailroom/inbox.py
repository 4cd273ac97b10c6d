"""The inbox: each message from a platform is stored once and kept in order until answered."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import inbox
from switchboard.errors import InboxFull

MAX_WAITING = 20_000
"""With more unanswered messages than this, a platform is asked to retry later."""


@dataclass(frozen=True)
class Arrival:
    """One event as a platform sent it. `batch` groups what the customer sent as one; else empty.

    `order` is the platform's own order within the conversation: what it took first is lower.
    """

    event_id: str
    conversation: str
    payload: Mapping[str, Any]
    batch: str = ""
    id: int = 0
    attempts: int = 0
    received_at: float = 0.0
    due_at: float = 0.0
    order: float = 0.0


class Inbox:
    """The messages of one channel. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, channel: str, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._channel, self._clock = engine, channel, clock

    def keep(self, arrivals: Iterable[Arrival]) -> list[str]:
        """Store new messages; returns the conversations that have some.

        Raises:
            InboxFull: too many messages wait; nothing was stored.
        """
        rows = [self._row(arrival) for arrival in arrivals]
        if not rows:
            return []
        with self._engine.begin() as db:
            kept = [row for row in rows if insert_new(db, inbox, row)]
            if kept and self._waiting(db) > MAX_WAITING:
                db.rollback()
                raise InboxFull(f"more than {MAX_WAITING} messages wait")
        return list(dict.fromkeys(row["conversation"] for row in kept))

    def take(self, conversation: str, after: int, limit: int) -> list[list[Arrival]]:
        """The oldest waiting messages that are due, with ids above `after`; an album is one group.

        Increments the attempts of each.
        """
        query = (
            sa.select(inbox)
            .where(inbox.c.waiting_for == conversation, inbox.c.id > after)
            .order_by(inbox.c.id)
            .limit(limit + 20)
        )
        with self._engine.begin() as db:
            groups = _grouped([_arrival(row) for row in db.execute(query).mappings()])[:limit]
            # Messages stay in order: one that waits for a retry holds back those after it.
            due = list(itertools.takewhile(self._is_due, groups))
            if due:
                ids = [arrival.id for group in due for arrival in group]
                tried = sa.update(inbox).where(inbox.c.id.in_(ids))
                db.execute(tried.values(attempts=inbox.c.attempts + 1))
        return due

    def pending(self, conversation: str) -> list[Arrival]:
        """The unanswered messages of a conversation, oldest first; does not count as an attempt."""
        query = sa.select(inbox).where(inbox.c.waiting_for == conversation).order_by(inbox.c.id)
        with self._engine.connect() as db:
            return [_arrival(row) for row in db.execute(query.limit(100)).mappings()]

    def settle(self, db: Connection, arrivals: Sequence[Arrival], outcome: str) -> bool:
        """Mark as answered in the caller's transaction; False if another process already did."""
        ids = [arrival.id for arrival in arrivals]
        mine = inbox.c.id.in_(ids) & inbox.c.waiting_for.is_not(None)
        done = {"waiting_for": None, "payload": "", "outcome": outcome[:32]}
        return bool(db.execute(sa.update(inbox).where(mine).values(**done)).rowcount)

    def postpone(self, arrivals: Sequence[Arrival], seconds: float) -> None:
        """Retry after `seconds`."""
        ids = [arrival.id for arrival in arrivals]
        with self._engine.begin() as db:
            change = sa.update(inbox).where(inbox.c.id.in_(ids))
            db.execute(change.values(due_at=self._clock() + seconds))

    def waiting(self) -> int:
        """The number of unanswered messages."""
        with self._engine.connect() as db:
            return self._waiting(db)

    def forget(self, before: float) -> int:
        """Delete answered messages that arrived before a time; returns how many."""
        old = (inbox.c.received_at < before) & inbox.c.waiting_for.is_(None)
        with self._engine.begin() as db:
            return int(db.execute(sa.delete(inbox).where(old)).rowcount)

    def _waiting(self, db: Connection) -> int:
        counted = sa.select(sa.func.count()).where(inbox.c.waiting_for.is_not(None))
        return int(db.execute(counted).scalar_one())

    def _is_due(self, group: Sequence[Arrival]) -> bool:
        return group[0].due_at <= self._clock()

    def _row(self, arrival: Arrival) -> dict[str, Any]:
        now = self._clock()
        return {
            "channel": self._channel,
            "event_id": arrival.event_id[:255],
            "conversation": arrival.conversation[:255],
            "batch": arrival.batch[:255],
            "payload": json.dumps(arrival.payload),
            "received_at": now,
            "due_at": now,
            "attempts": 0,
            "waiting_for": arrival.conversation[:255],
            "outcome": "",
        }


def _arrival(row: Mapping[str, Any]) -> Arrival:
    return Arrival(
        row["event_id"],
        row["conversation"],
        json.loads(row["payload"] or "{}"),
        row["batch"],
        row["id"],
        row["attempts"] + 1,
        row["received_at"],
        row["due_at"],
    )


def _grouped(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    groups: list[list[Arrival]] = []
    for arrival in arrivals:
        if groups and arrival.batch and groups[-1][0].batch == arrival.batch:
            groups[-1].append(arrival)
        else:
            groups.append([arrival])
    return groups
