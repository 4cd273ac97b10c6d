"""Actions on tickets. Each is atomic, recorded, and done once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Route
from switchboard.database.tables import outbox, ticket_entries, tickets
from switchboard.files.file_store import attachment
from switchboard.mailroom.announcements import announce
from switchboard.mailroom.message import AGENT, Outgoing, SentFile
from switchboard.mailroom.outbox import FAILED, REFUSED, WAITING, Outbox
from switchboard.shop.replies import Replies
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory, Person, Role
from switchboard.tickets.entries import ENTRY_KEY, Entry, EntryKind, read_entries
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_book import OPEN, Ticket

REACHABLE = frozenset(
    {"facebook", "telegram", "whatsapp", "wechat", "wecom", "x", "email", "socketio"},
)
"""Channels that can deliver an agent's message. On others an answer is only recorded."""
MAX_TEXT = 10_000
_ENDINGS = {EntryKind.CLOSED: "say_ticket_closed", EntryKind.GIVEN_BACK: "say_given_back"}
"""How a ticket may end, with the reply that its customer gets."""


class TicketActs:
    """Actions of agents on tickets. Methods raise SQLAlchemy's errors.

    An action that is no longer possible (the ticket is taken or closed) returns False and changes
    nothing.
    """

    def __init__(
        self, engine: Engine, replies: Replies, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._replies, self._clock = engine, replies, clock
        self._log, self._audit = ConversationLog(engine), AuditTrail(engine, clock)
        self._ratings, self._directory = Ratings(engine, clock), Directory(engine, clock)

    def take(self, ticket: Ticket, person: Person) -> bool:
        """Assign an unassigned ticket to a person; of two at once, one gets it."""
        with self._engine.begin() as db:
            free = tickets.c.assignee_id.is_(None)
            taken = {"assignee_id": person.id, "taken_at": self._clock()}
            if not self._change(db, ticket, free, **taken):
                return False
            self._add_entry(db, ticket, person, EntryKind.TAKEN)
        return True

    def take_over(self, ticket: Ticket, person: Person) -> bool:
        """Take a colleague's ticket: of one who is away or gone, or as a supervisor."""
        colleague = ticket.assignee_id
        if colleague in (None, person.id):
            return False
        if person.role is not Role.SUPERVISOR and self._directory.is_here(colleague):
            return False
        with self._engine.begin() as db:
            theirs = tickets.c.assignee_id == colleague
            if not self._change(db, ticket, theirs, assignee_id=person.id):
                return False
            self._add_entry(
                db, ticket, person, EntryKind.TAKEN_OVER, self._directory.name(colleague)
            )
        return True

    def release(self, person: Person, by: Person | None) -> int:
        """Put the tickets of somebody who is gone back into the queue; how many."""
        with self._engine.begin() as db:
            theirs = OPEN & _assigned_to(person)
            numbers = db.execute(sa.select(tickets.c.id, tickets.c.reference).where(theirs)).all()
            db.execute(sa.update(tickets).where(theirs).values(assignee_id=None))
            for number, reference in numbers:
                self._record(db, number, reference, by, EntryKind.TRANSFERRED, "the queue")
        return len(numbers)

    def transfer(self, ticket: Ticket, person: Person, to: Person | None, why: str) -> bool:
        """Transfer the person's own ticket to a colleague who may sign in, or to the queue."""
        with self._engine.begin() as db:
            if to is not None and not self._directory.may_work(db, to.id):
                return False
            if not self._change(
                db, ticket, _assigned_to(person), assignee_id=to.id if to else None
            ):
                return False
            detail = f"{to.name if to else 'the queue'}: {why}"
            self._add_entry(db, ticket, person, EntryKind.TRANSFERRED, detail)
        return True

    def note(self, ticket: Ticket, person: Person, text: str, key: str) -> bool:
        """Add a note for colleagues; customers never see it."""
        try:
            with self._engine.begin() as db:
                self._add_entry(db, ticket, person, EntryKind.NOTE, text[:MAX_TEXT], key=key)
        except IntegrityError:
            return False
        return True

    def answer(
        self, ticket: Ticket, person: Person, text: str, key: str, file: SentFile | None = None
    ) -> bool:
        """Send an answer to the customer; False also if `key` was used before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT, agent=person.name, file=file)
        return self._answer(ticket, _assigned_to(person), person, message, key)

    def answer_elsewhere(
        self, db: Connection, ticket: Ticket, person: Person, text: str, key: str
    ) -> int | None:
        """Record an answer that goes another way than the customer's channel, in the caller's
        transaction; the entry's id, None if the ticket is not theirs."""
        if not self._change(db, ticket, _assigned_to(person), **self._answered()):
            return None
        return self._add_entry(db, ticket, person, EntryKind.MAILED, text, key)

    def hear_elsewhere(self, db: Connection, ticket_id: int, text: str) -> None:
        """Record what a customer said another way, in the caller's transaction.

        A closed ticket is open again for people; the bot keeps the conversation. What was merged
        into another is answered there.
        """
        row = db.execute(sa.select(tickets).where(tickets.c.id == ticket_id)).mappings().one()
        if row["merged_into"] is not None and row["resolved_at"] is not None:
            other = tickets.c.id == row["merged_into"]
            row = db.execute(sa.select(tickets).where(other)).mappings().one()
        again: dict[str, Any] = {"snoozed_until": None}
        if row["resolved_at"] is not None:
            again |= {"resolved_at": None, "resolution": None, "follow_up": True}
        if row["assignee_id"] and not self._directory.may_work(db, row["assignee_id"]):
            again["assignee_id"] = None
        db.execute(sa.update(tickets).where(tickets.c.id == row["id"]).values(**again))
        self._record(db, row["id"], row["reference"], None, EntryKind.MAIL_CAME, text)

    def text_of(self, db: Connection, entry_id: int) -> str:
        """The text of an entry."""
        query = sa.select(ticket_entries.c.text).where(ticket_entries.c.id == entry_id)
        return str(db.execute(query).scalar() or "")

    def relay(self, ticket: Ticket, agent: str, text: str, key: str) -> bool:
        """Send an answer written at an external desk; False if `key` was used before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT, agent=agent)
        return self._answer(ticket, sa.true(), None, message, key)

    def _answer(
        self,
        ticket: Ticket,
        condition: sa.sql.ColumnElement,
        person: Person | None,
        message: Outgoing,
        key: str,
    ) -> bool:
        try:
            with self._engine.begin() as db:
                if message.empty or not self._change(db, ticket, condition, **self._answered()):
                    return False
                entry = self._add_entry(db, ticket, person, EntryKind.ANSWER, message.text, key)
                self._send(db, ticket, message, message.agent, entry)
        except IntegrityError:
            return False
        return True

    def _answered(self) -> dict[str, Any]:
        now = self._clock()
        return {
            "first_answer_at": sa.func.coalesce(tickets.c.first_answer_at, now),
            "answered_at": now,
            "snoozed_until": None,
        }

    def change_and_send(
        self,
        ticket: Ticket,
        messages: Sequence[Outgoing],
        condition: sa.sql.ColumnElement,
        **values: Any,
    ) -> bool:
        """Update an open ticket and send messages; False, and no effect, if `condition` fails."""
        with self._engine.begin() as db:
            if not self._change(db, ticket, condition, **values):
                return False
            for message in messages:
                self._send(db, ticket, message)
        return True

    def change(
        self,
        ticket: Ticket,
        person: Person,
        kind: EntryKind,
        text: str = "",
        **values: Any,
    ) -> bool:
        """Update an open ticket that is nobody else's, and record it; False if it is not."""
        with self._engine.begin() as db:
            if not self._change(db, ticket, _not_a_colleagues(person), **values):
                return False
            self._add_entry(db, ticket, person, kind, text)
        return True

    def send_again(self, ticket: Ticket, person: Person, entry_id: int) -> bool:
        """Resend an answer that was refused or failed; False while it is being delivered."""
        mine = (ticket_entries.c.id == entry_id) & (ticket_entries.c.ticket_id == ticket.id)
        with self._engine.begin() as db:
            number = db.execute(sa.select(ticket_entries.c.outbox_id).where(mine)).scalar()
            stuck = (outbox.c.id == number) & outbox.c.state.in_([FAILED, REFUSED])
            again = {
                "state": WAITING,
                "waiting_for": outbox.c.conversation,
                "due_at": self._clock(),
                "attempts": 0,
                "begun": 0,
                "reason": "",
            }
            if not db.execute(sa.update(outbox).where(stuck).values(**again)).rowcount:
                return False
            where = sa.select(outbox.c.channel, outbox.c.conversation).where(outbox.c.id == number)
            channel, conversation = db.execute(where).one()
            announce(db, channel, [conversation], "")
            self._audit.write(db, person.id, "send again", ticket.reference, str(entry_id))
        return True

    def finish(
        self,
        ticket: Ticket,
        person: Person | None,
        kind: EntryKind,
        resolution: str = "",
        reply: str = "",
        rating: bool = True,
    ) -> bool:
        """End a ticket: close it or give it back to the bot, and tell the customer.

        Every ticket ends here, wherever that was decided (our desk, the command line, the page's
        inbox, an external desk, the customer), so each gets the same record, the same message and,
        if closed, the same rating question, once. `person` is None where no signed-in person ended
        it, and nobody ends a colleague's ticket without taking it over; `reply` overrides the usual
        message; without `rating` the question is not asked, where it could not arrive.
        """
        if kind not in _ENDINGS:
            raise ValueError(f"a ticket does not end by {kind}")
        ended = {"open_for": None, "resolved_at": self._clock(), "resolution": resolution}
        messages = [self._reply(reply or _ENDINGS[kind], ticket)]
        with self._engine.begin() as db:
            if not self._change(db, ticket, _not_a_colleagues(person), **ended):
                return False
            self._add_entry(db, ticket, person, kind, resolution)
            if rating and kind is EntryKind.CLOSED and self._ask_rating(db, ticket, person):
                messages.append(self._reply("say_rating_question", ticket))
            for message in messages:
                self._send(db, ticket, message)
        return True

    def follow_up(self, ticket: Ticket, reply: str) -> bool:
        """Give the conversation to the bot, and keep the ticket: an answer is owed all the same."""
        with self._engine.begin() as db:
            once = tickets.c.follow_up.is_(False)
            if not self._change(db, ticket, once, open_for=None, follow_up=True):
                return False
            self._add_entry(db, ticket, None, EntryKind.FOLLOWED_UP)
            self._send(db, ticket, self._reply(reply, ticket))
        return True

    def close_as_part(
        self, db: Connection, ticket: Ticket, into: Ticket, person: Person | None
    ) -> bool:
        """Close a ticket as part of another, in the caller's transaction; the customer hears
        nothing."""
        ended = {
            "open_for": None,
            "resolved_at": self._clock(),
            "resolution": into.reference,
            "merged_into": into.id,
        }
        if not self._change(db, ticket, _not_a_colleagues(person), **ended):
            return False
        parts = tickets.c.merged_into == ticket.id  # of it: they go along
        db.execute(sa.update(tickets).where(parts).values(merged_into=into.id))
        self._add_entry(db, ticket, person, EntryKind.MERGED, into.reference)
        self._add_entry(db, into, person, EntryKind.MERGED, ticket.reference)
        return True

    def _ask_rating(self, db: Connection, ticket: Ticket, person: Person | None) -> bool:
        by = ticket.assignee_id or (person.id if person else None)
        route = Route.PERSON.value
        return self._ratings.ask(db, ticket.reference, ticket.conversation_id, route, by)

    def _reply(self, name: str, ticket: Ticket) -> Outgoing:
        return self._replies.say(name, ticket.language, reference=ticket.reference)

    def reopen(self, ticket: Ticket, person: Person) -> bool:
        """Reopen a closed ticket; False if the customer has another open one.

        It goes back to who had it, unless they are gone: closing and reopening is no way to take a
        colleague's ticket.
        """
        before = ticket.assignee_id
        again: dict[str, Any] = {
            "open_for": ticket.conversation_id,
            "resolved_at": None,
            "resolution": None,
            "follow_up": False,
            "snoozed_until": None,
            "merged_into": None,
        }
        closed = (tickets.c.id == ticket.id) & tickets.c.resolved_at.is_not(None)
        try:
            with self._engine.begin() as db:
                if before is None or not self._directory.may_work(db, before):
                    again["assignee_id"] = person.id
                if not db.execute(sa.update(tickets).where(closed).values(**again)).rowcount:
                    return False
                self._add_entry(db, ticket, person, EntryKind.REOPENED)
        except IntegrityError:
            return False
        return True

    def leave(self, ticket: Ticket) -> None:
        """Record that the customer ended the chat: an answer there would reach nobody."""
        with self._engine.begin() as db:
            self._add_entry(db, ticket, None, EntryKind.LEFT)

    def entries(self, ticket: Ticket) -> list[Entry]:
        """The entries of a ticket, oldest first."""
        return read_entries(self._engine, ticket.id)

    def _change(
        self, db: Connection, ticket: Ticket, condition: sa.sql.ColumnElement, **values: Any
    ) -> bool:
        mine = (tickets.c.id == ticket.id) & OPEN & condition
        changed = values or {"id": ticket.id}  # nothing but the lock
        return bool(db.execute(sa.update(tickets).where(mine).values(**changed)).rowcount)

    def _send(
        self,
        db: Connection,
        ticket: Ticket,
        message: Outgoing,
        agent: str | None = None,
        entry: int | None = None,
    ) -> None:
        """Add a message to the conversation and the outbox; an answer carries its entry's id."""
        said = {
            "event": "bot",
            "timestamp": self._clock(),
            "text": message.text,
            "data": {"buttons": [button.__dict__ for button in message.buttons]},
            "metadata": {
                "author": message.author,
                "agent": agent,
                ENTRY_KEY: entry,
                # As a customer's files are on record.
                **({"attachments": [attachment(message.file)]} if message.file else {}),
            },
        }
        self._log.append(db, ticket.conversation_id, [said])
        if ticket.channel not in REACHABLE:
            return
        out = Outbox(self._engine, ticket.channel, self._clock)
        numbers = out.add(db, ticket.conversation_id, [message])
        if entry is not None and numbers:
            mine = ticket_entries.c.id == entry
            db.execute(sa.update(ticket_entries).where(mine).values(outbox_id=numbers[0]))

    def _add_entry(
        self,
        db: Connection,
        ticket: Ticket,
        person: Person | None,
        kind: EntryKind,
        text: str = "",
        key: str | None = None,
    ) -> int:
        """Add an entry to the ticket and the audit trail; returns the entry's id."""
        return self._record(db, ticket.id, ticket.reference, person, kind, text, key)

    def _record(
        self,
        db: Connection,
        ticket_id: int,
        reference: str,
        person: Person | None,
        kind: EntryKind,
        text: str = "",
        key: str | None = None,
    ) -> int:
        values = {
            "ticket_id": ticket_id,
            "person_id": person.id if person else None,
            "at": self._clock(),
            "kind": kind.value,
            "text": text,
            "key": key[:64] if key else None,
        }
        added = db.execute(sa.insert(ticket_entries).values(**values))
        self._audit.write(db, person.id if person else None, kind.value, reference)
        return int(added.inserted_primary_key[0])


def _assigned_to(person: Person) -> sa.sql.ColumnElement:
    return tickets.c.assignee_id == person.id


def _not_a_colleagues(person: Person | None) -> sa.sql.ColumnElement:
    if person is None or person.role is Role.SUPERVISOR:
        return sa.true()
    return tickets.c.assignee_id.is_(None) | _assigned_to(person)
