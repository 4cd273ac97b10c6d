"""The inbox: each message from a platform is stored once and kept in order until answered."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import inbox
from switchboard.errors import InboxFull
from switchboard.mailroom.announcements import announce
from switchboard.mailroom.due import is_due
from switchboard.text.storable import storable

MAX_WAITING = 20_000
"""With more unanswered messages on a channel than this, its platform is asked to retry later."""
MAX_OF_ONE = 100
"""What a conversation sends beyond so many unanswered messages is not answered."""
DEAD, FLOOD = "dead", "flood"
"""Outcomes of messages that got no turn: tried in vain, and one of far too many at once."""


@dataclass(frozen=True)
class Arrival:
    """One event as a platform sent it. `batch` groups what the customer sent as one; else empty.

    `order` is its place among the conversation's messages by the platform's own count. Those of one
    `origin` (a network address's digest) share the assistant's time; without one, a conversation
    has its own. Of the `attempts`, `away` failed because a part of ours was away.
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
    origin: str = ""
    away: int = 0

    @property
    def failures(self) -> int:
        """The attempts that count against the message, this one among them."""
        return self.attempts - self.away


Beside = Callable[[Connection], None]
"""Stores something with messages: how far a platform was read."""
_IN_ORDER = (inbox.c.platform_order, inbox.c.id)


class Inbox:
    """The messages of one channel, as one `worker` sees them. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        channel: str,
        clock: Callable[[], float] = epoch_now,
        worker: str = "",
    ) -> None:
        self._engine, self._channel, self._clock = engine, channel, clock
        self._worker = worker

    def keep(self, arrivals: Iterable[Arrival], beside: Beside | None = None) -> list[str]:
        """Store new messages, and what is to be stored `beside` them in the same transaction;
        returns the conversations that have some.

        Raises:
            InboxFull: too many messages wait; nothing was stored.
        """
        rows = [self._row(arrival) for arrival in arrivals]
        if not rows and beside is None:
            return []
        with self._engine.begin() as db:
            if beside is not None:
                beside(db)
            kept = [row for row in rows if insert_new(db, inbox, row)]
            if kept and self._waiting(db) > MAX_WAITING:
                db.rollback()
                raise InboxFull(f"more than {MAX_WAITING} messages wait")
            waiting = list(dict.fromkeys(row["conversation"] for row in kept))
            self._refuse_floods(db, Counter(row["conversation"] for row in kept))
            announce(db, self._channel, waiting, self._worker)
        return waiting

    def take(
        self, conversation: str, limit: int, without: Collection[int] = ()
    ) -> list[list[Arrival]]:
        """The oldest waiting messages that are due, but for those `without`; an album is one group.

        Increments the attempts of each.
        """
        query = (
            sa.select(inbox)
            .where(inbox.c.waiting_for == conversation, inbox.c.id.not_in(without))
            .order_by(*_IN_ORDER)
            .limit(limit + 20)
        )
        with self._engine.begin() as db:
            groups = _grouped([_arrival(row) for row in db.execute(query).mappings()])[:limit]
            # Messages stay in order: one that waits for a retry holds back those after it.
            due = list(itertools.takewhile(self._is_due, groups))
            if due and due[0][0].failures > 1:
                del due[1:]  # what was tried before goes alone: the next is not tried in vain too
            if due:
                ids = [arrival.id for group in due for arrival in group]
                tried = sa.update(inbox).where(inbox.c.id.in_(ids))
                db.execute(tried.values(attempts=inbox.c.attempts + 1))
        return due

    def pending(self, conversation: str) -> list[Arrival]:
        """The unanswered messages of a conversation, oldest first; does not count as an attempt."""
        query = sa.select(inbox).where(inbox.c.waiting_for == conversation).order_by(*_IN_ORDER)
        with self._engine.connect() as db:
            return [_arrival(row) for row in db.execute(query.limit(100)).mappings()]

    def settle(
        self, db: Connection, arrivals: Sequence[Arrival], outcome: str, reason: str = ""
    ) -> bool:
        """Mark as answered in the caller's transaction; False if another process already did.

        What is `DEAD` is kept with its words and the reason, for a person to look at.
        """
        done: dict[str, Any] = {"waiting_for": None, "outcome": outcome[:32]}
        done |= {"reason": reason[:255]} if outcome == DEAD else {"payload": ""}
        change = sa.update(inbox).where(_of(arrivals), inbox.c.waiting_for.is_not(None))
        return bool(db.execute(change.values(**done)).rowcount)

    def postpone(
        self, db: Connection, arrivals: Sequence[Arrival], seconds: float, away: bool = False
    ) -> None:
        """Retry after `seconds`, in the caller's transaction; `away` if a part of ours was."""
        change = sa.update(inbox).where(_of(arrivals))
        db.execute(
            change.values(due_at=self._clock() + seconds, away=inbox.c.away + (1 if away else 0))
        )

    def waiting(self) -> int:
        """The number of unanswered messages."""
        with self._engine.connect() as db:
            return self._waiting(db)

    def forget(self, before: float) -> int:
        """Delete settled messages that arrived before a time; returns how many."""
        old = (inbox.c.received_at < before) & inbox.c.waiting_for.is_(None)
        with self._engine.begin() as db:
            return int(db.execute(sa.delete(inbox).where(old)).rowcount)

    def _waiting(self, db: Connection) -> int:
        waits = inbox.c.waiting_for.is_not(None) & (inbox.c.channel == self._channel)
        return int(db.execute(sa.select(sa.func.count()).where(waits)).scalar_one())

    def _refuse_floods(self, db: Connection, new: Counter[str]) -> None:
        """Settle what is beyond `MAX_OF_ONE` of a conversation, without an answer."""
        of_new = inbox.c.waiting_for.in_(list(new))
        counted = sa.select(inbox.c.waiting_for, sa.func.count()).where(of_new)
        for conversation, count in db.execute(counted.group_by(inbox.c.waiting_for)).all():
            if count <= MAX_OF_ONE:
                continue
            newest = (
                sa.select(inbox.c.id)
                .where(inbox.c.waiting_for == conversation)
                .order_by(inbox.c.id.desc())
                .limit(min(count - MAX_OF_ONE, new[conversation]))
            )
            done = {"waiting_for": None, "payload": "", "outcome": FLOOD}
            ids = list(db.execute(newest).scalars())
            db.execute(sa.update(inbox).where(inbox.c.id.in_(ids)).values(**done))

    def _is_due(self, group: Sequence[Arrival]) -> bool:
        return is_due(group[0].due_at, self._clock())

    def _row(self, arrival: Arrival) -> dict[str, Any]:
        now = self._clock()
        return {
            "channel": self._channel,
            "event_id": storable(arrival.event_id),
            "conversation": storable(arrival.conversation),
            "batch": storable(arrival.batch),
            "platform_order": arrival.order,
            "origin": arrival.origin[:64],
            "payload": json.dumps(arrival.payload),
            "received_at": now,
            "due_at": now,
            "attempts": 0,
            "waiting_for": storable(arrival.conversation),
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
        row["platform_order"],
        row["origin"],
        row["away"],
    )


def _of(arrivals: Sequence[Arrival]) -> sa.sql.ColumnElement:
    return inbox.c.id.in_([arrival.id for arrival in arrivals])


def _grouped(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    groups: list[list[Arrival]] = []
    for arrival in arrivals:
        if groups and arrival.batch and groups[-1][0].batch == arrival.batch:
            groups[-1].append(arrival)
        else:
            groups.append([arrival])
    return groups
