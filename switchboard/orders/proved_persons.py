"""Whom a conversation was proved to be, and when: what joins conversations of one person.

A join rests on two things together, neither of which a customer can claim: the order system's own
id of the customer, and the e-mail or phone on file by which this conversation proved to be them. A
name, an address that was only named, and an order without a known customer join nothing. The join
opens no order: what a conversation may see is decided by its own proofs alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import proved_persons
from switchboard.orders.contacts import digest


@dataclass(frozen=True)
class Span:
    """A conversation that was proved to be a person's, from `began_at` until `until`."""

    conversation_id: str
    began_at: float
    until: float


class ProvedPersons:
    """One record for all processes; methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def meet(
        self, db: Connection, conversation_id: str, customer_id: str, contact: str, seconds: float
    ) -> None:
        """A proof was just given, for so many seconds. Whoever else the conversation was until now
        is nobody any more; without a customer and a contact on file it is nobody."""
        p, now = proved_persons.c, self._clock()
        customer = _customer(customer_id)
        person = digest(f"{customer} {contact}") if customer and contact else ""
        mine = (p.conversation_id == conversation_id) & (p.until > now)
        others = sa.update(proved_persons).where(mine, p.customer != customer)
        db.execute(others.values(until=now))
        if not person:
            return
        went_on = sa.update(proved_persons).where(mine, p.person == person)
        if not db.execute(went_on.values(until=now + seconds)).rowcount:
            span = {"began_at": now, "until": now + seconds}
            row = {"conversation_id": conversation_id, "person": person, "customer": customer}
            db.execute(sa.insert(proved_persons).values(**row, **span))

    def renew(self, db: Connection, conversation_id: str, customer_id: str, seconds: float) -> None:
        """The proof of being this customer was used: the span goes on as long as it."""
        p, now = proved_persons.c, self._clock()
        whose = p.customer == _customer(customer_id)
        mine = (p.conversation_id == conversation_id) & whose & (p.until > now)
        db.execute(sa.update(proved_persons).where(mine).values(until=now + seconds))

    def end(self, db: Connection, conversation_id: str) -> None:
        """The next to write in this conversation may be somebody else."""
        p, now = proved_persons.c, self._clock()
        mine = (p.conversation_id == conversation_id) & (p.until > now)
        db.execute(sa.update(proved_persons).where(mine).values(until=now))

    def elsewhere(self, conversation_id: str, at: float | None = None) -> list[Span]:
        """The spans of other conversations of whom this one was proved to be at a moment, now
        unless one is given; the latest first."""
        p, moment = proved_persons.c, self._clock() if at is None else at
        who = sa.select(p.person).where(
            p.conversation_id == conversation_id, p.began_at <= moment, p.until > moment
        )
        others = sa.select(proved_persons).where(
            p.person.in_(who), p.conversation_id != conversation_id
        )
        with self._engine.connect() as db:
            rows = db.execute(others.order_by(p.until.desc())).all()
        return [Span(row.conversation_id, row.began_at, row.until) for row in rows]

    def forget(self, db: Connection, conversation_ids: list[str]) -> None:
        """Keep no span of these conversations."""
        mine = proved_persons.c.conversation_id.in_(conversation_ids)
        db.execute(sa.delete(proved_persons).where(mine))


def _customer(customer_id: str) -> str:
    return digest(f"customer {customer_id}") if customer_id else ""
