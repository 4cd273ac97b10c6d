"""The outbox: messages to customers, delivered in order, with the state of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import epoch_now
from switchboard.database.tables import outbox
from switchboard.mailroom.announcements import announce
from switchboard.mailroom.leases import Claim
from switchboard.mailroom.message import Outgoing, load_response, write_response

WAITING, SENT, REFUSED, FAILED = "waiting", "sent", "refused", "failed"
SKEW = 5.0
"""Seconds by which a platform's clock and ours may differ, its rounding included."""


@dataclass(frozen=True)
class Delivery:
    """One message to deliver. `parts` are delivered already: a long message takes several calls.

    `begun` is the part that was on its way when a process ended: it may have arrived.
    """

    id: int
    conversation: str
    message: Outgoing
    created_at: float
    due_at: float
    parts: int
    attempts: int
    state: str
    reason: str
    begun: int = 0


@dataclass(frozen=True)
class PartReceipt:
    """A platform's word on a part of a delivery: that it arrived, or did not.

    `at` is when that was, in seconds since the epoch, where it says so.
    """

    conversation: str
    delivery: int
    part: int
    at: float | None = None


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
        row.begun,
    )


def _of_this_try(receipt: PartReceipt) -> sa.sql.ColumnElement:
    """Whether a platform may mean what is sent now. Of a message that a person sends once more,
    late or repeated word of the time before would tell that it arrived, or failed, too early."""
    if receipt.at is None:
        return sa.true()
    is_repeated = (outbox.c.attempts == 0) & (outbox.c.due_at > outbox.c.created_at + SKEW)
    return ~is_repeated | (outbox.c.due_at <= receipt.at + SKEW)


class Outbox:
    """The deliveries of one channel. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        channel: str,
        clock: Callable[[], float] = epoch_now,
        worker: str = "",
    ) -> None:
        self.engine, self._channel, self._clock = engine, channel, clock
        self._worker = worker

    def add(self, db: Connection, conversation: str, messages: Iterable[Outgoing]) -> list[int]:
        """Queue messages in the caller's transaction; returns the delivery ids."""
        added = [self._row(db, conversation, message) for message in messages if not message.empty]
        if added:
            announce(db, self._channel, [conversation], self._worker)
        return added

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
        """The oldest undelivered message."""
        return self._find_one(outbox.c.waiting_for == conversation, outbox.c.id)

    def pending(self, conversation: str) -> list[Delivery]:
        """The undelivered messages, oldest first."""
        waits = (outbox.c.waiting_for == conversation) & (outbox.c.channel == self._channel)
        query = sa.select(outbox).where(waits).order_by(outbox.c.id)
        with self.engine.connect() as db:
            return [_delivery(row) for row in db.execute(query).all()]

    def latest(self, conversation: str) -> Delivery | None:
        """The newest delivered message: a number typed by the customer refers to its choices."""
        sent = (outbox.c.conversation == conversation) & (outbox.c.state == SENT)
        return self._find_one(sent, outbox.c.id.desc())

    def delivered(self, conversation: str, limit: int) -> list[Delivery]:
        """The newest settled deliveries of a conversation, newest first."""
        mine = (outbox.c.conversation == conversation) & outbox.c.waiting_for.is_(None)
        query = sa.select(outbox).where(mine, outbox.c.channel == self._channel)
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(outbox.c.id.desc()).limit(limit)).all()
        return [_delivery(row) for row in rows]

    def sent_since(self, conversations: Collection[str], since: float) -> list[Delivery]:
        """What was sent to any of some conversations and written since a time, oldest first."""
        of_them = outbox.c.conversation.in_(list(conversations)) & (outbox.c.state == SENT)
        query = sa.select(outbox).where(
            of_them, outbox.c.created_at > since, outbox.c.channel == self._channel
        )
        with self.engine.connect() as db:
            return [_delivery(row) for row in db.execute(query.order_by(outbox.c.id)).all()]

    def get(self, number: int, conversation: str) -> Delivery | None:
        """A delivery by id; None if it belongs to another conversation."""
        return self._find_one(
            (outbox.c.id == number) & (outbox.c.conversation == conversation), outbox.c.id
        )

    def begin(self, delivery: Delivery, part: int, claim: Claim, seconds: float = 0.0) -> None:
        """Record that a part is on its way, before it is. If this process ends meanwhile, the next
        one leaves it alone for `seconds`.

        Raises:
            LeaseLost: another process works on the conversation.
        """
        left = {"due_at": self._clock() + seconds} if seconds else {}
        with self.engine.begin() as db:
            self._change_in(db, delivery.id, begun=part, **left)
            claim.require(db)

    def progress(self, delivery: Delivery, parts: int) -> None:
        """Record how many parts are delivered. The next one is due as `delivery` was."""
        self._change(delivery.id, parts=parts, begun=0, due_at=delivery.due_at)

    def confirm(self, receipts: Iterable[PartReceipt]) -> None:
        """Record parts that arrived, as a platform says: they are not sent again, whatever became
        of the process that sent them. What comes after them waits no longer."""
        now = self._clock()
        at_once = sa.case((outbox.c.due_at > now, now), else_=outbox.c.due_at)
        with self.engine.begin() as db:
            for receipt in receipts:
                sent = (
                    (outbox.c.id == receipt.delivery)
                    & (outbox.c.conversation == receipt.conversation)
                    & (outbox.c.channel == self._channel)
                    & outbox.c.waiting_for.is_not(None)
                    & (outbox.c.parts < receipt.part)
                    & _of_this_try(receipt)
                )
                change = sa.update(outbox).where(sent)
                db.execute(change.values(parts=receipt.part, begun=0, due_at=at_once))

    def settle(
        self, delivery: Delivery, state: str, reason: str = "", instead: Outgoing | None = None
    ) -> None:
        """Record the final state: sent, refused or failed. What goes `instead` is queued too."""
        done = {"waiting_for": None, "state": state, "reason": reason[:255], "begun": 0}
        with self.engine.begin() as db:
            if self._change_in(db, delivery.id, **done) and instead is not None:
                self.add(db, delivery.conversation, [instead])

    def take_back(
        self, receipt: PartReceipt, state: str, reason: str, instead: Outgoing | None = None
    ) -> bool:
        """Record that a part did not arrive after all, as a platform says of what it had taken;
        False if that is known, or the message waits for another try and is not `REFUSED`.

        What goes `instead` is queued with it, once.
        """
        standing = outbox.c.state == SENT
        if state == REFUSED:
            standing |= outbox.c.state == WAITING
        mine = (
            (outbox.c.id == receipt.delivery)
            & (outbox.c.conversation == receipt.conversation)
            & (outbox.c.channel == self._channel)
        )
        # A person who sends it again sends it from this part on.
        done = {"waiting_for": None, "state": state, "reason": reason[:255], "begun": 0}
        meant = standing & _of_this_try(receipt)
        change = sa.update(outbox).where(mine, meant).values(parts=receipt.part - 1, **done)
        with self.engine.begin() as db:
            taken_back = bool(db.execute(change).rowcount)
            if taken_back and instead is not None:
                self.add(db, receipt.conversation, [instead])
        return taken_back

    def returned(self, receipt: PartReceipt, reason: str) -> bool:
        """Record that a platform, which had taken a delivery, could not deliver it; whether it is
        one of ours."""
        sent = (
            (outbox.c.id == receipt.delivery)
            & (outbox.c.conversation == receipt.conversation)
            & (outbox.c.channel == self._channel)
            & (outbox.c.state == SENT)
        )
        with self.engine.begin() as db:
            change = sa.update(outbox).where(sent).values(state=REFUSED, reason=reason[:255])
            return bool(db.execute(change).rowcount)

    def postpone(self, delivery: Delivery, seconds: float, reason: str) -> None:
        """Retry after `seconds`."""
        self._change(
            delivery.id,
            due_at=self._clock() + seconds,
            attempts=outbox.c.attempts + 1,
            reason=reason[:255],
            begun=0,
        )

    def await_word(self, conversation: str, seconds: float) -> None:
        """Leave the oldest undelivered message for `seconds`: the process that had it in hand has
        ended, and its platform may tell that it arrived."""
        oldest = sa.select(sa.func.min(outbox.c.id)).where(
            outbox.c.waiting_for == conversation, outbox.c.channel == self._channel
        )
        due_at = self._clock() + seconds
        change = sa.update(outbox).where(
            outbox.c.id == oldest.scalar_subquery(), outbox.c.due_at < due_at
        )
        reason = "its process ended, perhaps while it was sent"
        with self.engine.begin() as db:
            db.execute(change.values(due_at=due_at, attempts=outbox.c.attempts + 1, reason=reason))

    def refuse_all(self, conversation: str, reason: str) -> None:
        """Refuse all waiting messages: the customer does not want to hear from us."""
        mine = outbox.c.waiting_for == conversation
        with self.engine.begin() as db:
            change = sa.update(outbox).where(mine)
            db.execute(change.values(waiting_for=None, state=REFUSED, reason=reason[:255]))

    def counts(self) -> dict[tuple[str, str], int]:
        """The number of deliveries by (state, reason)."""
        query = sa.select(outbox.c.state, outbox.c.reason, sa.func.count()).where(
            outbox.c.channel == self._channel
        )
        with self.engine.connect() as db:
            rows = db.execute(query.group_by(outbox.c.state, outbox.c.reason)).all()
        return {(state, reason): int(count) for state, reason, count in rows}

    def forget(self, before: float) -> int:
        """Delete settled deliveries created before a time; returns how many."""
        old = (outbox.c.created_at < before) & outbox.c.waiting_for.is_(None)
        with self.engine.begin() as db:
            return int(db.execute(sa.delete(outbox).where(old)).rowcount)

    def _change(self, number: int, **values: object) -> None:
        with self.engine.begin() as db:
            self._change_in(db, number, **values)

    def _change_in(self, db: Connection, number: int, **values: object) -> bool:
        # Only while it waits: what is settled stays as it was settled.
        waits = (outbox.c.id == number) & outbox.c.waiting_for.is_not(None)
        return bool(db.execute(sa.update(outbox).where(waits).values(**values)).rowcount)

    def _find_one(
        self, condition: sa.sql.ColumnElement, order: sa.sql.ColumnElement
    ) -> Delivery | None:
        query = sa.select(outbox).where(condition, outbox.c.channel == self._channel)
        with self.engine.connect() as db:
            row = db.execute(query.order_by(order).limit(1)).first()
        return _delivery(row) if row else None
