"""What customers are to be told: delivered in order, and what became of each message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import epoch_now
from switchboard.database.tables import outbox
from switchboard.mailroom.message import Outgoing, load_response, write_response

WAITING, SENT, REFUSED, FAILED = "waiting", "sent", "refused", "failed"


@dataclass(frozen=True)
class Delivery:
    """One message on its way. `parts` of it are delivered: a long one takes several calls."""

    id: int
    conversation: str
    message: Outgoing
    created_at: float
    due_at: float
    parts: int
    attempts: int
    state: str
    reason: str


def _delivery(row: Row) -> Delivery:
    return Delivery(
        row.id,
        row.conversation,
        load_response(row.message),
        row.created_at,
        row.due_at,
        row.parts,
        row.attempts,
        row.state,
        row.reason,
    )


class Outbox:
    """The deliveries of one channel. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, channel: str, clock: Callable[[], float] = epoch_now
    ) -> None:
        self.engine, self._channel, self._clock = engine, channel, clock

    def add(self, db: Connection, conversation: str, messages: Iterable[Outgoing]) -> list[int]:
        """Have messages delivered, in the caller's transaction; the numbers of the deliveries."""
        return [self._row(db, conversation, message) for message in messages if not message.empty]

    def _row(self, db: Connection, conversation: str, message: Outgoing) -> int:
        now = self._clock()
        values = {
            "channel": self._channel,
            "conversation": conversation,
            "message": write_response(message),
            "created_at": now,
            "due_at": now,
            "parts": 0,
            "attempts": 0,
            "waiting_for": conversation,
            "state": WAITING,
            "reason": "",
        }
        return int(db.execute(sa.insert(outbox).values(**values)).inserted_primary_key[0])

    def next(self, conversation: str) -> Delivery | None:
        """The oldest that is not delivered."""
        return self._one(outbox.c.waiting_for == conversation, outbox.c.id)

    def latest(self, conversation: str) -> Delivery | None:
        """The newest that was delivered: what a customer's number may answer."""
        sent = (outbox.c.conversation == conversation) & (outbox.c.state == SENT)
        return self._one(sent, outbox.c.id.desc())

    def delivered(self, conversation: str, limit: int) -> list[Delivery]:
        """The newest that do not wait any more, newest first."""
        mine = (outbox.c.conversation == conversation) & outbox.c.waiting_for.is_(None)
        query = sa.select(outbox).where(mine, outbox.c.channel == self._channel)
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(outbox.c.id.desc()).limit(limit)).all()
        return [_delivery(row) for row in rows]

    def get(self, number: int, conversation: str) -> Delivery | None:
        """One of a conversation's own; another conversation's is as if it were not there."""
        return self._one(
            (outbox.c.id == number) & (outbox.c.conversation == conversation), outbox.c.id
        )

    def progress(self, delivery: Delivery, parts: int) -> None:
        """Some parts are delivered, others not yet."""
        self._change(delivery.id, parts=parts)

    def settle(self, delivery: Delivery, state: str, reason: str = "") -> None:
        """It is delivered, refused or given up."""
        self._change(delivery.id, waiting_for=None, state=state, reason=reason[:255])

    def postpone(self, delivery: Delivery, seconds: float, reason: str) -> None:
        """Try again later."""
        self._change(
            delivery.id,
            due_at=self._clock() + seconds,
            attempts=outbox.c.attempts + 1,
            reason=reason[:255],
        )

    def refuse_all(self, conversation: str, reason: str) -> None:
        """The customer does not want to hear from us: what waits is not sent."""
        mine = outbox.c.waiting_for == conversation
        with self.engine.begin() as db:
            change = sa.update(outbox).where(mine)
            db.execute(change.values(waiting_for=None, state=REFUSED, reason=reason[:255]))

    def counts(self) -> dict[tuple[str, str], int]:
        """How many by state and reason."""
        query = sa.select(outbox.c.state, outbox.c.reason, sa.func.count()).where(
            outbox.c.channel == self._channel
        )
        with self.engine.connect() as db:
            rows = db.execute(query.group_by(outbox.c.state, outbox.c.reason)).all()
        return {(state, reason): int(count) for state, reason, count in rows}

    def forget(self, before: float) -> int:
        """Delete what was settled and made before a time; how many."""
        old = (outbox.c.created_at < before) & outbox.c.waiting_for.is_(None)
        with self.engine.begin() as db:
            return int(db.execute(sa.delete(outbox).where(old)).rowcount)

    def _change(self, number: int, **values: object) -> None:
        with self.engine.begin() as db:
            db.execute(sa.update(outbox).where(outbox.c.id == number).values(**values))

    def _one(self, condition: sa.sql.ColumnElement, order: sa.sql.ColumnElement) -> Delivery | None:
        query = sa.select(outbox).where(condition, outbox.c.channel == self._channel)
        with self.engine.connect() as db:
            row = db.execute(query.order_by(order).limit(1)).first()
        return _delivery(row) if row else None
