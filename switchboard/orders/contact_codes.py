"""Codes that are sent to a contact on file: whoever reads one out has that contact in hand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typing_extensions import override

from switchboard.clock import epoch_now
from switchboard.database.tables import identity_codes
from switchboard.failures import place_of
from switchboard.mail import MailFailure, send_mail
from switchboard.orders.contacts import digest, normal_contact
from switchboard.orders.model import Customer

DIGITS = 6
VALID_SECONDS = 600.0
WINDOW_SECONDS = 3600.0
MOST_SENT = 3
"""Codes in an hour for a conversation, and for a contact."""
_CODE = re.compile(r"\bcode\b|\botp\b|验证码|驗證碼", re.IGNORECASE)
_POSTCODE = re.compile(r"\b(?:zip|post(?:al)?)[ -]?code\b", re.IGNORECASE)

log = logging.getLogger(__name__)


class CodeCourier(Protocol):
    """The port to what carries codes: e-mail here, text messages in a shop that sends them."""

    def reaches(self, contact: str) -> bool:
        """Whether it can send to such a contact at all."""

    def send(self, contact: str, code: str, language: object) -> None:
        """Send a code; raises what its transport raises where it cannot. Runs in a thread."""


class MailedCodes(CodeCourier):
    """Sends codes by e-mail. `words` gives subject and text for a code in a language."""

    def __init__(
        self,
        server_url: str,
        sender: str,
        words: Callable[[str, object], tuple[str, str]],
        ca: str = "",
    ) -> None:
        self._server_url, self._sender, self._words, self._ca = server_url, sender, words, ca

    @override
    def reaches(self, contact: str) -> bool:
        return "@" in contact

    @override
    def send(self, contact: str, code: str, language: object) -> None:
        subject, text = self._words(code, language)
        send_mail(self._server_url, self._sender, contact, subject, text, None, self._ca)


class Sent(Enum):
    """What came of a wish for a code; nobody learns from it whether a contact is known."""

    ON_ITS_WAY = "sent"
    TOO_OFTEN = "too_often"
    OUT_OF_REACH = "unreachable"


class ContactCodes:
    """Sends codes and knows them again; shared by all processes through the database.

    A code is for the conversation that asked for it, ten minutes and one use; wrong ones are
    counted with the other wrong tries (`identity.IdentityGate`).
    """

    def __init__(
        self,
        engine: Engine,
        courier: CodeCourier | None,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._courier, self._clock = engine, courier, clock
        self._under_way: set[asyncio.Task[None]] = set()

    def reaches(self, contact: str) -> bool:
        """Whether codes can be sent to such a contact."""
        return self._courier is not None and self._courier.reaches(normal_contact(contact))

    async def send(
        self, conversation_id: str, contact: str, customer: Customer | None, language: object
    ) -> Sent:
        """Send a code to the contact given, if `customer`, who has it on file, is somebody.

        It leaves in the background, so that the time of the answer tells nothing either.
        """
        contact = normal_contact(contact)
        if not self.reaches(contact):
            return Sent.OUT_OF_REACH
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        known = customer.id if customer else ""
        if not await asyncio.to_thread(self._keep, conversation_id, contact, code, known):
            return Sent.TOO_OFTEN
        if customer is not None:
            task = asyncio.create_task(self._carry(contact, code, language))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return Sent.ON_ITS_WAY

    async def _carry(self, contact: str, code: str, language: object) -> None:
        if self._courier is None:
            return
        try:
            await asyncio.to_thread(self._courier.send, contact, code, language)
        except (*MailFailure, ValueError) as error:
            log.warning("a code for a customer was not sent: %s", place_of(error))

    def _keep(self, conversation_id: str, contact: str, code: str, customer_id: str) -> bool:
        c = identity_codes.c
        whose = digest(contact)
        recent = c.sent_at > self._clock() - WINDOW_SECONDS
        salt = secrets.token_hex(16)
        row = {
            "conversation_id": conversation_id,
            "contact": whose,
            "customer_id": customer_id,
            "salt": salt,
            "code": _hidden(salt, code),
            "sent_at": self._clock(),
        }
        # Committed before it counts, so that of many at once each sees the others.
        with self._engine.begin() as db:
            added = int(db.execute(sa.insert(identity_codes).values(row)).inserted_primary_key[0])
        with self._engine.begin() as db:
            counts = [
                db.execute(sa.select(sa.func.count()).where(mine, recent)).scalar_one()
                for mine in (c.conversation_id == conversation_id, c.contact == whose)
            ]
            if max(counts) > MOST_SENT:
                db.execute(sa.delete(identity_codes).where(c.id == added))
                return False
        return True

    def customer_with(self, conversation_id: str, contact: str, told: str) -> str | None:
        """The id of the customer to whom the code was sent that a text reads out, if it is the
        latest one of this conversation and this contact; it is used up then."""
        c = identity_codes.c
        said = "".join(told.split())[:40].strip(".。!！,，")
        if not (len(said) == DIGITS and said.isascii() and said.isdigit()):
            return None
        mine = (c.conversation_id == conversation_id) & (
            c.contact == digest(normal_contact(contact))
        )
        with self._engine.begin() as db:
            latest = db.execute(
                sa.select(identity_codes).where(mine).order_by(c.id.desc()).limit(1)
            ).first()
            if latest is None or not latest.customer_id:
                return None
            if latest.sent_at <= self._clock() - VALID_SECONDS:
                return None
            if not hmac.compare_digest(latest.code, _hidden(latest.salt, said)):
                return None
            # Of two at once, one finds it used up.
            used = db.execute(
                sa.update(identity_codes)
                .where(c.id == latest.id, c.customer_id != "")
                .values(customer_id="")
            )
        return str(latest.customer_id) if used.rowcount else None


def wants_code(text: str) -> bool:
    """Whether an answer asks for a code to be sent, rather than reading one out."""
    return _CODE.search(_POSTCODE.sub(" ", text)) is not None and not re.search(r"\d{4}", text)


def _hidden(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}{code}".encode()).hexdigest()
