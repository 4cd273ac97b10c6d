"""Identity checks: an order is discussed only with its number plus the e-mail or phone on it.

Five wrong tries within an hour lock the conversation, and equally the order, so that neither one
stranger with many orders nor many conversations about one order get further. An unknown number and
a wrong contact get the same reply.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import identity_attempts, identity_proofs
from switchboard.orders.model import normal_number

MAX_WRONG_TRIES = 5
WINDOW_SECONDS = 3600.0
_MIN_PHONE_DIGITS = 7


class Verdict(Enum):
    """The result of an identity check."""

    PROVED = "proved"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True)
class Contact:
    """The contact data on an order, by which its customer is recognised."""

    email: str
    phone: str


def normal_contact(text: str) -> str:
    """Normalise for comparison: e-mails in lower case, phones as digits without prefix.

    `+353 87 555 0123`, `00353875550123` and `087 555 0123` become the same nine digits.
    """
    text = text.strip()
    if "@" in text:
        return text.casefold()
    digits = re.sub(r"\D", "", text)
    return digits[-9:] if len(digits) >= _MIN_PHONE_DIGITS else ""


def matches(given: str, on_file: Contact) -> bool:
    """Whether `given` is the e-mail or the phone on file, compared in constant time."""
    wanted = normal_contact(given).encode()
    if not wanted:
        return False
    known = [normal_contact(on_file.email).encode(), normal_contact(on_file.phone).encode()]
    results = [bool(k) and hmac.compare_digest(wanted, k) for k in known]
    return any(results)


@dataclass(frozen=True)
class OrderInHand:
    """The order that a conversation is about, and whether the customer proved their identity."""

    number: str | None
    proved: bool


class IdentityGate:
    """Checks and stores identity proofs; shared by all processes through the database."""

    def __init__(
        self, engine: Engine, proof_minutes: int, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine = engine
        self._proof_seconds = proof_minutes * 60.0
        self._clock = clock

    def locked(self, conversation_id: str, order_number: str) -> bool:
        """Whether the conversation or the order has used up its wrong tries in this hour."""
        return self._tries(conversation_id, order_number) >= MAX_WRONG_TRIES

    def _tries(self, conversation_id: str, order_number: str) -> int:
        """The tries within the last hour, of the conversation or the order, whichever are more."""
        since = self._clock() - WINDOW_SECONDS
        a = identity_attempts.c
        with self._engine.connect() as db:
            counts = [
                db.execute(
                    sa.select(sa.func.count()).where(column == value, a.at > since)
                ).scalar_one()
                for column, value in (
                    (a.conversation_id, conversation_id),
                    (a.order_number, order_number),
                )
            ]
        return int(max(counts))

    def in_hand(self, conversation_id: str, named: object) -> OrderInHand:
        """The order that `named` (a slot, a customer's word) means, and whether it is proved."""
        number = normal_number(str(named or ""))
        proved = number is not None and self.proved(conversation_id, number)
        return OrderInHand(number, proved)

    def proved(self, conversation_id: str, order_number: str) -> bool:
        """Whether the conversation has a valid proof for the order; extends it."""
        now = self._clock()
        p = identity_proofs.c
        mine = (p.conversation_id == conversation_id) & (p.order_number == order_number)
        with self._engine.begin() as db:
            renewed = db.execute(
                sa.update(identity_proofs)
                .where(mine, p.used_at > now - self._proof_seconds)
                .values(used_at=now)
            )
        return bool(renewed.rowcount)

    def proved_orders(self, conversation_id: str) -> list[str]:
        """The orders that the conversation has valid proofs for, the latest used first."""
        p = identity_proofs.c
        mine = sa.select(p.order_number).where(
            p.conversation_id == conversation_id, p.used_at > self._clock() - self._proof_seconds
        )
        with self._engine.connect() as db:
            return list(db.execute(mine.order_by(p.used_at.desc())).scalars())

    def check(
        self, conversation_id: str, order_number: str, given: str, on_file: Contact | None
    ) -> Verdict:
        """Check one try; `on_file` is None if there is no such order. Wrong tries are counted.

        A try is recorded before it is checked and removed if it was right, so that many at the same
        moment get no further than one after the other.
        """
        a = identity_attempts.c
        with self._engine.begin() as db:
            added = db.execute(
                sa.insert(identity_attempts).values(
                    conversation_id=conversation_id, order_number=order_number, at=self._clock()
                )
            )
        tries = self._tries(conversation_id, order_number)
        # The comparison also runs for an unknown order, so that timing reveals nothing.
        fits = matches(given, on_file or Contact("", ""))
        right = tries <= MAX_WRONG_TRIES and on_file is not None and fits
        if right or tries > MAX_WRONG_TRIES:
            with self._engine.begin() as db:
                mine = a.id == added.inserted_primary_key[0]
                db.execute(sa.delete(identity_attempts).where(mine))
        if right:
            self._remember(conversation_id, order_number)
            return Verdict.PROVED
        return Verdict.WRONG if tries < MAX_WRONG_TRIES else Verdict.LOCKED

    def _remember(self, conversation_id: str, order_number: str) -> None:
        p = identity_proofs.c
        with self._engine.begin() as db:
            db.execute(
                sa.delete(identity_proofs).where(
                    p.conversation_id == conversation_id, p.order_number == order_number
                )
            )
            db.execute(
                sa.insert(identity_proofs).values(
                    conversation_id=conversation_id,
                    order_number=order_number,
                    used_at=self._clock(),
                )
            )

    def forget(self, conversation_id: str) -> None:
        """Delete the proofs of a conversation, for instance when the customer says goodbye."""
        with self._engine.begin() as db:
            mine = identity_proofs.c.conversation_id == conversation_id
            db.execute(sa.delete(identity_proofs).where(mine))
