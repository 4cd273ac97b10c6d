"""Answers by e-mail, to the address that a customer left; and what they reply.

An e-mail is queued with its entry, sent by `deliver`, and tried again for a while. A reply belongs
to a ticket by the secret id of the message that it answers, or by the ticket's reference in its
subject if it comes from the address that was written to.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from email.message import EmailMessage

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import ticket_mails, tickets
from switchboard.failures import place_of
from switchboard.mail import MailFailure, send_mail
from switchboard.mailroom.outbox import FAILED, SENT, WAITING
from switchboard.mails.mail_reading import (
    MESSAGE_ID,
    enclosed_names,
    header_as_read,
    header_as_written,
    ids_in,
    plain_text,
    said_anew,
    sender_of,
)
from switchboard.privacy.personal_data import find_personal
from switchboard.shop.speech import Phrasebook
from switchboard.staff.directory import Person
from switchboard.text.storable import clean_text
from switchboard.tickets.ticket_acts import MAX_TEXT, TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

logger = logging.getLogger(__name__)

RECEIVED = "received"
MOST_TRIES = 8
_FIRST_PAUSE = 30.0
_CLAIM_SECONDS = 120.0
_REFERENCE = re.compile(r"\[(T-[A-Z0-9]{4,12})\]", re.IGNORECASE)


def mail_address(ticket: Ticket) -> str:
    """The e-mail address that a customer left; empty without one."""
    contact = ticket.contact or ""
    found = (contact[p.start : p.end] for p in find_personal(contact) if p.kind == "email")
    return next(found, "")


class TicketMail:
    """Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        acts: TicketActs,
        smtp_url: str,
        phrasebook: Phrasebook,
        clock: Callable[[], float] = epoch_now,
        ca: str = "",
    ) -> None:
        self._engine, self._acts, self._clock, self._ca = engine, acts, clock, ca
        self._tickets = TicketBook(engine, clock)
        self._smtp_url, self._phrasebook = smtp_url, phrasebook
        self._sender = phrasebook.policy.text("shop", "email")

    @property
    def works(self) -> bool:
        """Whether a mail server is set up."""
        return bool(self._smtp_url)

    def send(self, ticket: Ticket, person: Person, text: str, key: str) -> bool:
        """Queue an answer by e-mail; False without an address, or if `key` was used before."""
        address, text = mail_address(ticket), text.strip()[:MAX_TEXT]
        if not (address and text and self.works):
            return False
        host = self._sender.partition("@")[2] or "localhost"
        row = {
            "message_id": f"<{ticket.reference}.{secrets.token_urlsafe(16)}@{host}>",
            "ticket_id": ticket.id,
            "address": address,
            "state": WAITING,
            "attempts": 0,
            "due_at": self._clock(),
        }
        try:
            with self._engine.begin() as db:
                entry = self._acts.answer_elsewhere(db, ticket, person, text, key)
                if entry is None:
                    return False
                db.execute(sa.insert(ticket_mails).values(entry_id=entry, **row))
        except IntegrityError:
            return False
        return True

    def deliver(self) -> None:
        """Send what is due; a failure is tried again, later each time."""
        due = (ticket_mails.c.state == WAITING) & (ticket_mails.c.due_at <= self._clock())
        with self._engine.connect() as db:
            rows = db.execute(sa.select(ticket_mails).where(due).limit(20)).mappings().all()
        for row in rows:
            if not self._claim(row["message_id"], row["due_at"]):
                continue  # another process sends it
            values: dict[str, object] = {"state": SENT, "due_at": self._clock()}
            try:
                self._send_one(dict(row))
            except (ValueError, *MailFailure) as error:
                logger.error("an e-mail waits: %s", place_of(error))
                values = self._later(int(row["attempts"]) + 1)
            with self._engine.begin() as db:
                mine = ticket_mails.c.message_id == row["message_id"]
                db.execute(sa.update(ticket_mails).where(mine).values(**values))

    def _claim(self, message_id: str, due_at: float) -> bool:
        """Whether an e-mail is this process's to send; if it is killed meanwhile, it is due again
        after a while."""
        due = (ticket_mails.c.message_id == message_id) & (ticket_mails.c.due_at == due_at)
        mine = due & (ticket_mails.c.state == WAITING)
        later = {"due_at": self._clock() + _CLAIM_SECONDS}
        with self._engine.begin() as db:
            return bool(db.execute(sa.update(ticket_mails).where(mine).values(**later)).rowcount)

    def belongs(self, message: EmailMessage) -> bool:
        """Whether it answers a ticket's e-mail, also one that was put there before."""
        return self._ticket_of(message) is not None

    def take(self, message: EmailMessage) -> bool:
        """Put a reply with its ticket, which is open again from then on; False for other mail, and
        for one that was put there before."""
        ticket_id = self._ticket_of(message)
        if ticket_id is None:
            return False
        words = said_anew(plain_text(message))[:MAX_TEXT]
        # Its files lie in the mailbox, where it is marked as read: people have to know of them.
        files = (f"\N{PAPERCLIP} {name}" for name in enclosed_names(message))
        text = clean_text("\n".join([words, *files]).strip())
        own = clean_text(header_as_written(message, "Message-ID").strip())[:255]
        own = own or _made_id(message, text)
        with self._engine.begin() as db:
            row = {
                "message_id": own,
                "ticket_id": ticket_id,
                "entry_id": 0,
                "address": clean_text(sender_of(message))[:255],
                "state": RECEIVED,
                "attempts": 0,
                "due_at": self._clock(),
            }
            if not insert_new(db, ticket_mails, row):
                return False
            self._acts.hear_elsewhere(db, ticket_id, text)
        return True

    def _send_one(self, row: dict[str, object]) -> None:
        with self._engine.connect() as db:
            ticket = db.execute(
                sa.select(tickets.c.reference, tickets.c.language).where(
                    tickets.c.id == row["ticket_id"]
                )
            ).one()
            before = sa.select(ticket_mails.c.message_id).where(
                ticket_mails.c.ticket_id == row["ticket_id"],
                ticket_mails.c.state.in_([SENT, RECEIVED]),
            )
            listed = db.execute(before.order_by(ticket_mails.c.due_at)).scalars()
            thread = [number for number in listed if MESSAGE_ID.fullmatch(number)][-20:]
            text = self._acts.text_of(db, int(str(row["entry_id"])))
        speech = self._phrasebook.speak(ticket.language)
        shop = self._phrasebook.policy.text("shop", "name")
        subject = speech.word("ticket_mail", "subject").format(
            shop=shop, reference=ticket.reference
        )
        headers = {"Message-ID": str(row["message_id"])}
        if thread:
            headers |= {"In-Reply-To": thread[-1], "References": " ".join(thread)}
        to = str(row["address"])
        send_mail(self._smtp_url, self._sender, to, subject, text, headers, self._ca)

    def _later(self, attempts: int) -> dict[str, object]:
        if attempts >= MOST_TRIES:
            return {"state": FAILED, "attempts": attempts}
        pause = _FIRST_PAUSE * 2 ** (attempts - 1)
        return {"state": WAITING, "attempts": attempts, "due_at": self._clock() + pause}

    def _ticket_of(self, message: EmailMessage) -> int | None:
        named = [clean_text(one) for one in ids_in(message, "In-Reply-To", "References")]
        with self._engine.connect() as db:
            ours = ticket_mails.c.message_id.in_(named[-30:])
            found = sa.select(ticket_mails.c.ticket_id).where(ours, ticket_mails.c.entry_id > 0)
            number = db.execute(found.limit(1)).scalar()
            if number is not None:
                return int(number)
            return self._by_subject(db, message)

    def _by_subject(self, db: Connection, message: EmailMessage) -> int | None:
        reference = _REFERENCE.search(header_as_read(message, "Subject"))
        ticket = self._tickets.get(reference[1]) if reference else None
        if ticket is None:
            return None
        address = sender_of(message).lower()
        wrote = (ticket_mails.c.ticket_id == ticket.id) & (ticket_mails.c.entry_id > 0)
        known = db.execute(sa.select(ticket_mails.c.address).where(wrote)).scalars()
        return ticket.id if address in {one.lower() for one in known} else None


def _made_id(message: EmailMessage, text: str) -> str:
    """An id for a message that has none: the same each time that it is read."""
    told = "\0".join((header_as_written(message, "Date"), sender_of(message), text))
    return f"<{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:40]}@unnamed>"
