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
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import FAILED, REFUSED, WAITING, Outbox
from switchboard.shop.replies import Replies
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Person
from switchboard.tickets.entries import ENTRY_KEY, Entry, EntryKind, read_entries
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_book import Ticket

REACHABLE = frozenset({"facebook", "telegram", "socketio"})
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
        self._ratings = Ratings(engine, clock)

    def take(self, ticket: Ticket, person: Person) -> bool:
        """Assign an unassigned ticket to a person; of two at once, one gets it."""
        with self._engine.begin() as db:
            free = tickets.c.assignee_id.is_(None)
            taken = {"assignee_id": person.id, "taken_at": self._clock()}
            if not self._change(db, ticket, free, **taken):
                return False
            self._add_entry(db, ticket, person, EntryKind.TAKEN)
        return True

    def transfer(self, ticket: Ticket, person: Person, to: Person | None, why: str) -> bool:
        """Transfer the person's own ticket to a colleague, or back to the queue."""
        with self._engine.begin() as db:
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

    def answer(self, ticket: Ticket, person: Person, text: str, key: str) -> bool:
        """Send an answer to the customer; False also if `key` was used before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT, agent=person.name)
        first = {"first_answer_at": sa.func.coalesce(tickets.c.first_answer_at, self._clock())}
        try:
            with self._engine.begin() as db:
                if message.empty or not self._change(db, ticket, _assigned_to(person), **first):
                    return False
                entry = self._add_entry(db, ticket, person, EntryKind.ANSWER, message.text, key)
                self._send(db, ticket, message, person.name, entry)
        except IntegrityError:
            return False
        return True

    def relay(self, ticket: Ticket, agent: str, text: str, key: str) -> bool:
        """Send an answer written at an external desk; False if `key` was used before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT, agent=agent)
        first = {"first_answer_at": sa.func.coalesce(tickets.c.first_answer_at, self._clock())}
        try:
            with self._engine.begin() as db:
                if message.empty or not self._change(db, ticket, sa.true(), **first):
                    return False
                entry = self._add_entry(db, ticket, None, EntryKind.ANSWER, message.text, key)
                self._send(db, ticket, message, agent, entry)
        except IntegrityError:
            return False
        return True

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
                "reason": "",
            }
            if not db.execute(sa.update(outbox).where(stuck).values(**again)).rowcount:
                return False
            self._audit.write(db, person.id, "send again", ticket.reference, str(entry_id))
        return True

    def finish(
        self,
        ticket: Ticket,
        person: Person | None,
        kind: EntryKind,
        resolution: str = "",
        reply: str = "",
    ) -> bool:
        """End a ticket: close it or give it back to the bot, and tell the customer.

        Every ticket ends here, wherever that was decided (our desk, the command line, the page's
        inbox, an external desk, the customer), so each gets the same record, the same message and,
        if closed, the same rating question, once. `person` is None where no signed-in person ended
        it; `reply` overrides the usual message.
        """
        if kind not in _ENDINGS:
            raise ValueError(f"a ticket does not end by {kind}")
        ended = {"open_for": None, "resolved_at": self._clock(), "resolution": resolution}
        messages = [self._reply(reply or _ENDINGS[kind], ticket)]
        with self._engine.begin() as db:
            if not self._change(db, ticket, sa.true(), **ended):
                return False
            self._add_entry(db, ticket, person, kind, resolution)
            if kind is EntryKind.CLOSED and self._ask_rating(db, ticket, person):
                messages.append(self._reply("say_rating_question", ticket))
            for message in messages:
                self._send(db, ticket, message)
        return True

    def _ask_rating(self, db: Connection, ticket: Ticket, person: Person | None) -> bool:
        by = ticket.assignee_id or (person.id if person else None)
        route = Route.PERSON.value
        return self._ratings.ask(db, ticket.reference, ticket.conversation_id, route, by)

    def _reply(self, name: str, ticket: Ticket) -> Outgoing:
        return self._replies.say(name, ticket.language, reference=ticket.reference)

    def reopen(self, ticket: Ticket, person: Person) -> bool:
        """Reopen a closed ticket; False if the customer has another open one."""
        again = {
            "open_for": ticket.conversation_id,
            "resolved_at": None,
            "resolution": None,
            "assignee_id": person.id,
        }
        closed = (tickets.c.id == ticket.id) & tickets.c.open_for.is_(None)
        try:
            with self._engine.begin() as db:
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
        mine = (tickets.c.id == ticket.id) & tickets.c.open_for.is_not(None) & condition
        return bool(db.execute(sa.update(tickets).where(mine).values(**values)).rowcount)

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
            "metadata": {"author": message.author, "agent": agent, ENTRY_KEY: entry},
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
        values = {
            "ticket_id": ticket.id,
            "person_id": person.id if person else None,
            "at": self._clock(),
            "kind": kind.value,
            "text": text,
            "key": key[:64] if key else None,
        }
        added = db.execute(sa.insert(ticket_entries).values(**values))
        self._audit.write(db, person.id if person else None, kind.value, ticket.reference)
        return int(added.inserted_primary_key[0])


def _assigned_to(person: Person) -> sa.sql.ColumnElement:
    return tickets.c.assignee_id == person.id
