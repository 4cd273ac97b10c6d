"""Identity checks: an order is discussed only with its number plus a contact on it.

Whoever proved one order is known as its customer, and needs no second proof for their other orders
where the order system tells whose they are. An unknown number and a wrong contact get the same
reply.

Wrong tries are counted for an hour. Five lock the conversation that made them, and nobody else:
for the order, the contact and the network address they only make the next try wait, longer each
time but never more than a minute, so that a stranger can lock no customer out and gets no further
by opening conversations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import identity_attempts, identity_proofs
from switchboard.orders.contacts import Contact, digest, matches, normal_contact
from switchboard.orders.model import Order
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.text.order_numbers import OrderNumbers

MAX_WRONG_TRIES = 5
WINDOW_SECONDS = 3600.0
LONGEST_WAIT = 60.0
FREE_FROM_AN_ADDRESS = 20
"""Wrong tries from one network address before the next one waits: many people may share it."""
_CUSTOMER = "customer:"


class Verdict(Enum):
    """The result of an identity check."""

    PROVED = "proved"
    WRONG = "wrong"
    WAIT = "wait"
    LOCKED = "locked"


@dataclass(frozen=True)
class OrderInHand:
    """The order that a conversation is about, and whether the customer proved their identity."""

    number: str | None
    proved: bool


class IdentityGate:
    """Checks and stores identity proofs; shared by all processes through the database.

    `name_and_postcode`: whether the two together prove an order like a contact on it does.
    `persons` notes whom a conversation was proved to be; without it nothing is noted.
    """

    def __init__(
        self,
        engine: Engine,
        proof_minutes: int,
        clock: Callable[[], float] = epoch_now,
        numbers: OrderNumbers | None = None,
        name_and_postcode: bool = False,
        persons: ProvedPersons | None = None,
    ) -> None:
        self._engine = engine
        self._persons = persons
        self._proof_seconds = proof_minutes * 60.0
        self._clock = clock
        self.numbers = numbers or OrderNumbers()
        self.name_and_postcode = name_and_postcode

    def locked(self, conversation_id: str) -> bool:
        """Whether the conversation has used up its wrong tries in this hour."""
        with self._engine.connect() as db:
            mine = identity_attempts.c.conversation_id == conversation_id
            return self._tries(db, mine)[0] >= MAX_WRONG_TRIES

    def _tries(self, db: sa.engine.Connection, whose: sa.ColumnElement[bool]) -> tuple[int, float]:
        """How many tries there were within the last hour, and when the latest was."""
        a = identity_attempts.c
        since = self._clock() - WINDOW_SECONDS
        query = sa.select(sa.func.count(), sa.func.max(a.at)).where(whose, a.at > since)
        count, latest = db.execute(query).one()
        return int(count), float(latest or 0.0)

    def _waiting(
        self, db: sa.engine.Connection, attempt: int, order_number: str, counted: dict[str, str]
    ) -> bool:
        """Whether other tries for the order, with the contact, from the address make this one
        wait.

        All others count, not those with a lower id alone: PostgreSQL gives ids out before it
        commits, so that a lower one may not be seen yet.
        """
        a = identity_attempts.c
        subjects = (
            (a.order_number, order_number, MAX_WRONG_TRIES),
            (a.contact, counted["contact"], MAX_WRONG_TRIES),
            (a.address, counted["address"], FREE_FROM_AN_ADDRESS),
        )
        return any(
            self._wait(*self._tries(db, (a.id != attempt) & (column == value)), free) > 0
            for column, value, free in subjects
            if value
        )

    def _wait(self, tries: int, latest: float, free: int) -> float:
        """Seconds until the next try."""
        if tries < free:
            return 0.0
        pause = min(2.0 ** min(tries - free, 10), LONGEST_WAIT)
        return max(0.0, latest + pause - self._clock())

    def in_hand(self, conversation_id: str, named: object) -> OrderInHand:
        """The order that `named` (a slot, a customer's word) means, and whether it is proved."""
        number = self.numbers.normal(str(named or ""))
        proved = number is not None and self.proved(conversation_id, number)
        return OrderInHand(number, proved)

    def proved(self, conversation_id: str, order_number: str) -> bool:
        """Whether the conversation has a valid proof for the order; extends it."""
        return self._renew(conversation_id, order_number)

    def adopt(self, conversation_id: str, order: Order) -> bool:
        """Whether the order belongs to the customer whom the conversation has proved to be; then it
        is proved as well."""
        customer = order.customer.id
        if not customer or not self._renew(conversation_id, _CUSTOMER + customer):
            return False
        self._remember(conversation_id, order.number)
        return True

    def proved_customer(self, conversation_id: str) -> str | None:
        """The order system's id of the customer whom the conversation has proved to be."""
        found = self._valid(conversation_id)
        return next((f.removeprefix(_CUSTOMER) for f in found if f.startswith(_CUSTOMER)), None)

    def _renew(self, conversation_id: str, subject: str) -> bool:
        now = self._clock()
        p = identity_proofs.c
        mine = (p.conversation_id == conversation_id) & (p.order_number == subject)
        with self._engine.begin() as db:
            renewed = db.execute(
                sa.update(identity_proofs)
                .where(mine, p.used_at > now - self._proof_seconds)
                .values(used_at=now)
            )
            if renewed.rowcount and self._persons and subject.startswith(_CUSTOMER):
                whom = subject.removeprefix(_CUSTOMER)
                self._persons.renew(db, conversation_id, whom, self._proof_seconds)
        return bool(renewed.rowcount)

    def _valid(self, conversation_id: str) -> list[str]:
        p = identity_proofs.c
        mine = sa.select(p.order_number).where(
            p.conversation_id == conversation_id, p.used_at > self._clock() - self._proof_seconds
        )
        with self._engine.connect() as db:
            return list(db.execute(mine.order_by(p.used_at.desc())).scalars())

    def proved_orders(self, conversation_id: str) -> list[str]:
        """The orders that the conversation has valid proofs for, the latest used first."""
        return [f for f in self._valid(conversation_id) if not f.startswith(_CUSTOMER)]

    def check(
        self,
        conversation_id: str,
        order_number: str,
        given: str,
        on_file: Contact | None,
        address: str = "",
    ) -> Verdict:
        """Check one try; `on_file` is None if there is no such order. Wrong tries are counted.

        A try is recorded before it is checked and removed if it was right, so that many at the same
        moment get no further than one after the other.
        """
        # The comparison also runs for an unknown order, so that timing reveals nothing.
        fits = matches(given, on_file or Contact("", ""), self.name_and_postcode)
        right = on_file is not None and fits
        contact = normal_contact(given)
        verdict = self._judge(conversation_id, order_number, contact, address, right=right)
        if verdict is Verdict.PROVED and on_file is not None:
            self._remember(conversation_id, order_number)
            if on_file.customer_id:
                self._remember(conversation_id, _CUSTOMER + on_file.customer_id)
            by_contact = contact if matches(given, on_file) else ""
            self._meet(conversation_id, on_file.customer_id, by_contact)
        return verdict

    def check_customer(
        self,
        conversation_id: str,
        given: str,
        customer_id: str | None,
        address: str = "",
        *,
        two_facts: bool = False,
    ) -> Verdict:
        """Check one try without an order's number: `customer_id` is whom the contact `given` and a
        second fact fit together, None for nobody. Wrong tries are counted by the contact.

        `two_facts`: it was such a contact on file, with a second fact or a code that was sent to
        it. One without, or a name with a postcode, joins no conversations.
        """
        contact = normal_contact(given)
        right = customer_id is not None
        verdict = self._judge(conversation_id, "", contact, address, right=right)
        if verdict is Verdict.PROVED and customer_id is not None:
            self._remember(conversation_id, _CUSTOMER + customer_id)
            self._meet(conversation_id, customer_id, contact if two_facts else "")
        return verdict

    def _meet(self, conversation_id: str, customer_id: str, contact: str) -> None:
        if self._persons is not None:
            with self._engine.begin() as db:
                self._persons.meet(db, conversation_id, customer_id, contact, self._proof_seconds)

    def _judge(
        self, conversation_id: str, order_number: str, contact: str, address: str, *, right: bool
    ) -> Verdict:
        """Record a try, and say what it counts for; whether it was right is not told to one that
        has to wait."""
        a = identity_attempts.c
        counted = {"contact": digest(contact), "address": digest(address)}
        with self._engine.begin() as db:
            added = db.execute(
                sa.insert(identity_attempts).values(
                    conversation_id=conversation_id,
                    order_number=order_number,
                    at=self._clock(),
                    **counted,
                )
            )
            attempt = int(added.inserted_primary_key[0])
        with self._engine.connect() as db:
            tries = self._tries(db, a.conversation_id == conversation_id)[0]
            waits = self._waiting(db, attempt, order_number, counted)
        over = tries > MAX_WRONG_TRIES
        if right or over or waits:
            with self._engine.begin() as db:
                db.execute(sa.delete(identity_attempts).where(a.id == attempt))
        if over:
            return Verdict.LOCKED
        if waits:
            return Verdict.WAIT
        if right:
            return Verdict.PROVED
        return Verdict.WRONG if tries < MAX_WRONG_TRIES else Verdict.LOCKED

    def _remember(self, conversation_id: str, subject: str) -> None:
        p = identity_proofs.c
        with self._engine.begin() as db:
            db.execute(
                sa.delete(identity_proofs).where(
                    p.conversation_id == conversation_id, p.order_number == subject
                )
            )
            db.execute(
                sa.insert(identity_proofs).values(
                    conversation_id=conversation_id,
                    order_number=subject,
                    used_at=self._clock(),
                )
            )

    def forget(self, conversation_id: str) -> None:
        """Delete the proofs of a conversation, for instance when the customer says goodbye."""
        with self._engine.begin() as db:
            mine = identity_proofs.c.conversation_id == conversation_id
            db.execute(sa.delete(identity_proofs).where(mine))
            ProvedPersons(self._engine, self._clock).end(db, conversation_id)
