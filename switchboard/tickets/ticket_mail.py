"""Answers by e-mail, to the address that a customer left; and what they reply.

An e-mail is queued with its entry, sent by `deliver`, and tried again for a while. A reply belongs
to a ticket by the secret id of the message that it answers, or by the ticket's reference in its
subject if it comes from the address that was written to.
"""

from __future__ import annotations

import email.policy
import logging
import re
import secrets
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser

import sqlalchemy as sa
from mailparser_reply import EmailReplyParser
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import ticket_mails, tickets
from switchboard.failures import place_of
from switchboard.mail import MailFailure, send_mail
from switchboard.mailroom.outbox import FAILED, SENT, WAITING
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
_IN_BRACKETS = re.compile(r"<([^<>\s]{1,250})>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_MAX_PARSED = 4000
"""Characters of which the quoted ones are found; the parser takes their square, and more."""
_MAX_READ = 200_000
"""Characters of an e-mail that are read, quoted ones included."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8"}
"""What is written under these names, in practice."""
_BLOCKS = ("p", "div", "li", "tr", "h1", "h2", "h3", "blockquote", "table")
_LEFT_OUT = ("style", "script", "title", "blockquote")
_QUOTE_HEAD = re.compile(r"\n[^\n]{0,200}(?:写道|寫道)\s*[：:]\s*\n.*\Z", re.DOTALL)


def mail_address(ticket: Ticket) -> str:
    """The e-mail address that a customer left; empty without one."""
    contact = ticket.contact or ""
    found = (contact[p.start : p.end] for p in find_personal(contact) if p.kind == "email")
    return next(found, "")


def said_anew(text: str) -> str:
    """What a reply says itself, without the message that it quotes."""
    text = _without_gaps(text[:_MAX_READ])
    head = text[:_MAX_PARSED]
    own = EmailReplyParser(languages=["en", "zh", "de", "fr", "es"]).parse_reply(text=head) or ""
    if own.split() == head.split():  # no quote has begun yet
        own = text
    lines = "\n".join(line for line in own.split("\n") if not line.startswith(">"))
    return _QUOTE_HEAD.sub("", f"{lines}\n").strip()


def _without_gaps(text: str) -> str:
    """With one empty line where there are several."""
    kept: list[str] = []
    for line in (line.rstrip() for line in text.split("\n")):
        if line or not kept or kept[-1]:
            kept.append(line)
    return "\n".join(kept)


class TicketMail:
    """Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        acts: TicketActs,
        smtp_url: str,
        phrasebook: Phrasebook,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._acts, self._clock = engine, acts, clock
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

    def take(self, message: EmailMessage) -> bool:
        """Put a reply with its ticket, which is open again from then on; False for other mail, and
        for one that was put there before."""
        ticket_id = self._ticket_of(message)
        own = clean_text(_as_written(message, "Message-ID").strip())[:255]
        if ticket_id is None or not own:
            return False
        text = clean_text(said_anew(_plain_text(message))[:MAX_TEXT])
        with self._engine.begin() as db:
            row = {
                "message_id": own,
                "ticket_id": ticket_id,
                "entry_id": 0,
                "address": clean_text(_sender_of(message))[:255],
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
            thread = [number for number in listed if _MESSAGE_ID.fullmatch(number)][-20:]
            text = self._acts.text_of(db, int(str(row["entry_id"])))
        speech = self._phrasebook.speak(ticket.language)
        shop = self._phrasebook.policy.text("shop", "name")
        subject = speech.word("ticket_mail", "subject").format(
            shop=shop, reference=ticket.reference
        )
        headers = {"Message-ID": str(row["message_id"])}
        if thread:
            headers |= {"In-Reply-To": thread[-1], "References": " ".join(thread)}
        send_mail(self._smtp_url, self._sender, str(row["address"]), subject, text, headers)

    def _later(self, attempts: int) -> dict[str, object]:
        if attempts >= MOST_TRIES:
            return {"state": FAILED, "attempts": attempts}
        pause = _FIRST_PAUSE * 2 ** (attempts - 1)
        return {"state": WAITING, "attempts": attempts, "due_at": self._clock() + pause}

    def _ticket_of(self, message: EmailMessage) -> int | None:
        named = " ".join(_as_written(message, name) for name in ("In-Reply-To", "References"))
        with self._engine.connect() as db:
            ours = ticket_mails.c.message_id.in_(_MESSAGE_ID.findall(clean_text(named))[-30:])
            found = sa.select(ticket_mails.c.ticket_id).where(ours, ticket_mails.c.entry_id > 0)
            number = db.execute(found.limit(1)).scalar()
            if number is not None:
                return int(number)
            return self._by_subject(db, message)

    def _by_subject(self, db: Connection, message: EmailMessage) -> int | None:
        reference = _REFERENCE.search(_as_read(message, "Subject"))
        ticket = self._tickets.get(reference[1]) if reference else None
        if ticket is None:
            return None
        address = _sender_of(message).lower()
        wrote = (ticket_mails.c.ticket_id == ticket.id) & (ticket_mails.c.entry_id > 0)
        known = db.execute(sa.select(ticket_mails.c.address).where(wrote)).scalars()
        return ticket.id if address in {one.lower() for one in known} else None


def read_message(raw: bytes) -> EmailMessage:
    """A message as it came."""
    return email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)


def _as_written(message: EmailMessage, name: str) -> str:
    """A header as it came: Python's parser fails on some that are malformed."""
    given = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return next(given, "")


def _as_read(message: EmailMessage, name: str) -> str:
    """A header with its encoded words read, where they can be."""
    try:
        return str(message.get(name) or "")
    except Exception:  # the parser's own mistakes, of many types
        return _as_written(message, name)


def _sender_of(message: EmailMessage) -> str:
    """The one address that it is from; empty if there are several, or it cannot be told which."""
    told = _as_written(message, "From")
    named = _IN_BRACKETS.findall(told)
    if not named:
        return "" if "," in told else parseaddr(told)[1]
    return named[0] if len(named) == 1 else ""


def _plain_text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
        text = _decoded(body) if isinstance(body, EmailMessage) else ""
        html = isinstance(body, EmailMessage) and body.get_content_subtype() == "html"
    except Exception as error:  # as above: one malformed e-mail must not hold up the others
        logger.error("an e-mail cannot be read: %s", place_of(error))
        return ""
    if not html:
        return text[:_MAX_READ]
    page = _Words()
    page.feed(text[:_MAX_READ])
    page.close()
    return "".join(page.words)


def _decoded(body: EmailMessage) -> str:
    raw = body.get_payload(decode=True)
    named = str(body.get_content_charset("utf-8"))
    written = raw if isinstance(raw, bytes) else b""
    try:
        return written.decode(_WIDER.get(named, named), "replace")
    except (LookupError, ValueError):  # an unknown character set
        return written.decode("utf-8", "replace")


class _Words(HTMLParser):
    """What a page says; its styles, scripts and quoted messages are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._left_out: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.words.append("\n")
        elif tag in _LEFT_OUT:
            self._left_out.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")
        if tag in self._left_out:
            del self._left_out[self._left_out.index(tag) :]

    @override
    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self.words.append(data)
