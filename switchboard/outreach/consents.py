"""What customers agreed to be told of by itself, in the conversation in which they said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import (
    identity_proofs,
    outreach_consents,
    outreach_due,
    outreach_stops,
)
from switchboard.mailroom.window import PUSHED, is_group
from switchboard.outreach.due_messages import STOPPED, WAITING
from switchboard.outreach.news_kinds import OF_ORDERS, NewsKind

_C = outreach_consents.c


@dataclass(frozen=True)
class Agreement:
    """One thing that a customer agreed to be told of."""

    id: int
    conversation: str
    channel: str


class WishBook:
    """Consents of conversations. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def agree(self, conversation: str, channel: str, kind: NewsKind, subject: str) -> bool:
        """Record that a customer asked for it; whether they will be told.

        Not on a channel that cannot be written to first, nor in a group, nor of an order whose
        identity was not proved in this conversation. Whoever asks anew is no longer stopped.
        """
        if channel not in PUSHED or is_group(conversation):
            return False
        with self._engine.begin() as db:
            if kind in OF_ORDERS and not _is_proved(db, conversation, subject):
                return False
            stops = outreach_stops.c.conversation_id == conversation
            db.execute(sa.delete(outreach_stops).where(stops))
            now = self._clock()
            key = {"conversation_id": conversation, "kind": kind.value, "subject": subject}
            row = {**key, "channel": channel, "agreed_at": now}
            if not insert_new(db, outreach_consents, row):
                mine = [_C[name] == value for name, value in key.items()]
                again = {"agreed_at": now, "ended_at": None, "channel": channel}
                db.execute(sa.update(outreach_consents).where(*mine).values(**again))
        return True

    def agreed(self, conversation: str) -> bool:
        """Whether a customer is to be told of anything."""
        with self._engine.connect() as db:
            mine = sa.select(_C.id).where(_C.conversation_id == conversation, _C.ended_at.is_(None))
            return db.execute(mine.limit(1)).first() is not None

    def wanted(self, kind: NewsKind, since: float, limit: int) -> list[str]:
        """Of what customers want to be told and asked for since a time, newest first."""
        asked = sa.func.max(_C.agreed_at)
        lasting = (_C.kind == kind.value) & _C.ended_at.is_(None) & (_C.agreed_at > since)
        query = sa.select(_C.subject).where(lasting).group_by(_C.subject).order_by(asked.desc())
        with self._engine.connect() as db:
            return [str(subject) for subject in db.execute(query.limit(limit)).scalars()]

    def stop(self, db: Connection, conversation: str) -> None:
        """End all of it at once, in the caller's transaction, until the customer asks anew."""
        now = self._clock()
        stopped = sa.update(outreach_stops).where(outreach_stops.c.conversation_id == conversation)
        if not db.execute(stopped.values(at=now)).rowcount:
            insert_new(db, outreach_stops, {"conversation_id": conversation, "at": now})
        open_ones = (_C.conversation_id == conversation) & _C.ended_at.is_(None)
        db.execute(sa.update(outreach_consents).where(open_ones).values(ended_at=now))
        due = outreach_due.c
        waiting = (due.conversation_id == conversation) & (due.state == WAITING)
        db.execute(sa.update(outreach_due).where(waiting).values(state=STOPPED, reason="stopped"))

    def end(self, db: Connection, consent_id: int) -> None:
        """End one that is fulfilled, in the caller's transaction."""
        done = sa.update(outreach_consents).where(_C.id == consent_id)
        db.execute(done.values(ended_at=self._clock()))

    def of_news(self, db: Connection, kind: NewsKind, subject: str) -> list[Agreement]:
        """Who is to be told of something."""
        query = sa.select(outreach_consents).where(
            _C.subject == subject, _C.kind == kind.value, _C.ended_at.is_(None)
        )
        return [Agreement(r.id, r.conversation_id, r.channel) for r in db.execute(query)]


def may_tell(db: Connection, conversation: str, consent_id: int | None) -> bool:
    """Whether a customer still agrees to what was planned: they did not stop it, and what they
    agreed to has not ended."""
    stopped = outreach_stops.c.conversation_id == conversation
    if db.execute(sa.select(outreach_stops).where(stopped)).first() is not None:
        return False
    if consent_id is None:
        return True
    lasting = sa.select(_C.id).where(_C.id == consent_id, _C.ended_at.is_(None))
    return db.execute(lasting).first() is not None


def _is_proved(db: Connection, conversation: str, order_number: str) -> bool:
    """Whether the order was proved in this conversation: today's proofs, which are deleted after
    a day, whoever claims what."""
    p = identity_proofs.c
    proved = (p.conversation_id == conversation) & (p.order_number == order_number)
    return db.execute(sa.select(p.used_at).where(proved)).first() is not None
