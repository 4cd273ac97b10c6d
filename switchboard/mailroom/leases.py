"""Leases: one process works on a conversation at a time, another after it dies.

A lease is a claim with a generation, and what is stored for a conversation is stored only while the
claim holds: a process that was frozen, and whose lease another one took meanwhile, stores nothing
more and sends nothing more when it wakes. Times are those of the database, where it has a clock of
its own, so that machines need not agree on the hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import inbox, lanes, outbox
from switchboard.errors import LeaseLost
from switchboard.mailroom.due import is_due

LEASE = 12.0
"""Seconds without renewal after which a process loses its conversations."""
CERTAIN = LEASE / 2
"""Seconds after a renewal for which a process need not ask whether its claims still hold."""


@dataclass(frozen=True)
class Claim:
    """A worker's right to work on a conversation. Each one has a generation of its own.

    `inherited` says that another worker never gave the one before back: its process may have ended
    in the middle of something.
    """

    conversation: str
    worker: str
    generation: int
    inherited: bool = field(default=False, compare=False)

    def holds(self, db: Connection) -> bool:
        """Whether it still does; nobody can take it before the caller's transaction ends.

        On SQLite that is so after the transaction's first write.
        """
        query = sa.select(lanes.c.generation).where(self._row()).with_for_update(read=True)
        return db.execute(query).first() is not None

    def require(self, db: Connection) -> None:
        """Check that it still holds.

        Raises:
            LeaseLost: another process works on the conversation.
        """
        if not self.holds(db):
            raise LeaseLost("another process works on the conversation")

    def _row(self) -> sa.sql.ColumnElement:
        return (
            (lanes.c.conversation == self.conversation)
            & (lanes.c.worker == self.worker)
            & (lanes.c.generation == self.generation)
        )


_working_on: ContextVar[Claim | None] = ContextVar("claim", default=None)


@contextmanager
def working_on(claim: Claim) -> Iterator[None]:
    """Context for a turn that was taken from the inbox under a claim."""
    before = _working_on.set(claim)
    try:
        yield
    finally:
        _working_on.reset(before)


def current_claim() -> Claim | None:
    """The claim under which this turn runs; None for one that no inbox holds, as in a terminal."""
    return _working_on.get()


_sending_for: ContextVar[tuple[Leases, Claim] | None] = ContextVar("sending for", default=None)


@contextmanager
def sending_for(leases: Leases, claim: Claim) -> Iterator[None]:
    """Context for a call that delivers something under a claim."""
    before = _sending_for.set((leases, claim))
    try:
        yield
    finally:
        _sending_for.reset(before)


def require_time() -> None:
    """Check, at the moment of a write, that the process did not stand still since it decided to.

    Raises:
        LeaseLost: it did, for so long that another may have its conversations.
    """
    sending = _sending_for.get()
    if sending is not None and not sending[0].certain(sending[1]):
        raise LeaseLost("the lease ran out before the call")


class Leases:
    """The leases of one worker. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, channel: str, worker: str, clock: Callable[[], float] | None = None
    ) -> None:
        self._engine, self._channel, self._worker, self._clock = engine, channel, worker, clock
        self._renewed = _running_for()
        self._sure: set[Claim] = set()

    def take(self, conversation: str) -> Claim | None:
        """Acquire a conversation; None while another process holds it."""
        with self._engine.begin() as db:
            claim = self._take(db, conversation, self._now(db))
        return self._remember(claim)

    def take_idle(self, limit: int) -> list[Claim]:
        """Acquire conversations that nobody holds with something due, longest wait first."""
        if limit < 1:
            return []
        with self._engine.begin() as db:
            now = self._now(db)
            found = [self._take(db, name, now) for name in self._idle(db, now, limit)]
        return [claim for claim in map(self._remember, found) if claim is not None]

    def release(self, claim: Claim) -> None:
        """Release a conversation, unless another process has it by now."""
        self._sure.discard(claim)
        with self._engine.begin() as db:
            self.hand_back(db, claim)

    def hand_back(self, db: Connection, claim: Claim) -> None:
        """Release a conversation in the caller's transaction."""
        db.execute(sa.delete(lanes).where(claim._row()))

    def renew(self) -> None:
        """Extend all leases of this worker."""
        asked = _running_for()
        with self._engine.begin() as db:
            change = sa.update(lanes).where(lanes.c.worker == self._worker)
            db.execute(change.values(until=self._now(db) + LEASE))
        if _running_for() - self._renewed >= LEASE:
            self._sure.clear()  # others may have taken, and even given back, what it held
        self._renewed = asked

    def certain(self, claim: Claim) -> bool:
        """Whether no other process can have taken the conversation: the claim was renewed in time,
        each time."""
        return claim in self._sure and _running_for() - self._renewed < CERTAIN

    def verify(self, claim: Claim) -> None:
        """Check a claim with the database.

        Raises:
            LeaseLost: another process works on the conversation.
        """
        with self._engine.begin() as db:
            mine = sa.update(lanes).where(claim._row()).values(until=self._now(db) + LEASE)
            if not db.execute(mine).rowcount:
                raise LeaseLost("another process works on the conversation")
        self._sure.add(claim)

    def _remember(self, claim: Claim | None) -> Claim | None:
        if claim is not None:
            self._sure.add(claim)
        return claim

    def _take(self, db: Connection, conversation: str, now: float) -> Claim | None:
        claim = Claim(conversation, self._worker, int(now * 1_000_000))
        mine = {
            "conversation": conversation,
            "worker": self._worker,
            "generation": claim.generation,
            "until": now + LEASE,
        }
        if insert_new(db, lanes, mine):
            return claim
        holder = sa.select(lanes.c.worker).where(lanes.c.conversation == conversation)
        inherited = db.execute(holder).scalar() != self._worker
        # One that runs further than a lease can was taken before a clock was set back.
        free = (lanes.c.until < now) | (lanes.c.until > now + 2 * LEASE)
        mine["generation"] = sa.case(
            (lanes.c.generation >= claim.generation, lanes.c.generation + 1),
            else_=claim.generation,
        )
        query = sa.update(lanes).where(
            lanes.c.conversation == conversation, free | (lanes.c.worker == self._worker)
        )
        if not db.execute(query.values(**mine)).rowcount:
            return None
        chosen = sa.select(lanes.c.generation).where(lanes.c.conversation == conversation)
        generation = int(db.execute(chosen).scalar_one())
        return replace(claim, generation=generation, inherited=inherited)

    def _idle(self, db: Connection, now: float, limit: int) -> list[str]:
        held = sa.select(lanes.c.conversation).where(
            lanes.c.until >= now, lanes.c.until <= now + 2 * LEASE
        )
        found: list[str] = []
        for table in (inbox, outbox):
            waits = (table.c.channel == self._channel) & table.c.waiting_for.is_not(None)
            # Messages stay in order, so the first of a conversation has to be due.
            first = sa.select(sa.func.min(table.c.id)).where(waits)
            query = (
                sa.select(table.c.waiting_for)
                .where(
                    table.c.id.in_(first.group_by(table.c.waiting_for)),
                    is_due(table.c.due_at, now),
                    table.c.waiting_for.not_in(held),
                )
                .order_by(table.c.id)
                .limit(limit)
                # What another worker is taking at this moment is left to it.
                .with_for_update(skip_locked=True)
            )
            found += db.execute(query).scalars()
        return list(dict.fromkeys(found))[:limit]

    def _now(self, db: Connection) -> float:
        if self._clock is not None:
            return self._clock()
        if db.dialect.name == "postgresql":
            asked = sa.select(sa.extract("epoch", sa.func.clock_timestamp()))
            return float(db.execute(asked).scalar_one())
        return epoch_now()


def _running_for() -> float:
    """Seconds that go on while a process is stopped and while its machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
