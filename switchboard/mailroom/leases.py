"""Leases: one process works on a conversation at a time, another after it dies."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import inbox, lanes, outbox

LEASE = 12.0
"""Seconds without renewal after which a process loses its conversations."""


class Leases:
    """The leases of one worker. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, channel: str, worker: str, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._channel, self._worker, self._clock = engine, channel, worker, clock

    def take(self, conversation: str) -> bool:
        """Acquire a conversation; False while another process holds it."""
        now = self._clock()
        mine = {"conversation": conversation, "worker": self._worker, "until": now + LEASE}
        free = (lanes.c.until < now) | (lanes.c.worker == self._worker)
        with self._engine.begin() as db:
            if insert_new(db, lanes, mine):
                return True
            change = sa.update(lanes).where(lanes.c.conversation == conversation, free)
            return bool(db.execute(change.values(**mine)).rowcount)

    def release(self, conversation: str) -> None:
        """Release a conversation."""
        mine = (lanes.c.conversation == conversation) & (lanes.c.worker == self._worker)
        with self._engine.begin() as db:
            db.execute(sa.delete(lanes).where(mine))

    def renew(self) -> None:
        """Extend all leases of this worker."""
        with self._engine.begin() as db:
            change = sa.update(lanes).where(lanes.c.worker == self._worker)
            db.execute(change.values(until=self._clock() + LEASE))

    def idle(self, limit: int) -> list[str]:
        """Unleased conversations with something due, longest wait first."""
        now = self._clock()
        held = sa.select(lanes.c.conversation).where(lanes.c.until >= now)
        found: list[str] = []
        with self._engine.connect() as db:
            for table in (inbox, outbox):
                waits = (table.c.channel == self._channel) & table.c.waiting_for.is_not(None)
                # Messages stay in order, so the first of a conversation has to be due.
                first = sa.select(sa.func.min(table.c.id)).where(waits)
                query = (
                    sa.select(table.c.waiting_for)
                    .where(
                        table.c.id.in_(first.group_by(table.c.waiting_for)),
                        table.c.due_at <= now,
                        table.c.waiting_for.not_in(held),
                    )
                    .order_by(table.c.id)
                    .limit(limit)
                )
                found += db.execute(query).scalars()
        return list(dict.fromkeys(found))[:limit]
