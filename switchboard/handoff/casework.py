"""What people do with a ticket. Each act is done whole, recorded, and done once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from switchboard.conversations import ConversationLog
from switchboard.handoff.entries import Act, Entry, read_entries
from switchboard.handoff.ratings import Ratings
from switchboard.handoff.tickets import Ticket
from switchboard.messaging.message import AGENT, Outgoing
from switchboard.messaging.outbox import FAILED, REFUSED, WAITING, Outbox
from switchboard.people.audit import AuditTrail
from switchboard.people.directory import Person
from switchboard.tables import outbox, ticket_entries, tickets
from switchboard.turns import Route

REACHABLE = frozenset({"facebook", "telegram", "socketio"})
"""Channels on which a customer can be written to. On others an answer only stands on record."""
MAX_TEXT = 10_000


class Casework:
    """The acts of all people on all tickets. Methods raise SQLAlchemy's errors.

    An act that is not possible any more (somebody else has taken it, it is closed) is told by
    False, and changes nothing.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time) -> None:
        self._engine, self._clock = engine, clock
        self._log, self._audit = ConversationLog(engine), AuditTrail(engine, clock)
        self._ratings = Ratings(engine, clock)

    def take(self, ticket: Ticket, person: Person) -> bool:
        """Make a ticket somebody's, if it is nobody's; of two at once, one gets it."""
        with self._engine.begin() as db:
            free = tickets.c.assignee_id.is_(None)
            taken = {"assignee_id": person.id, "taken_at": self._clock()}
            if not self._change(db, ticket, free, **taken):
                return False
            self._enter(db, ticket, person, Act.TAKEN)
        return True

    def transfer(self, ticket: Ticket, person: Person, to: Person | None, why: str) -> bool:
        """Hand a ticket of one's own to somebody else, or back into the queue."""
        with self._engine.begin() as db:
            if not self._change(db, ticket, _of(person), assignee_id=to.id if to else None):
                return False
            self._enter(
                db, ticket, person, Act.TRANSFERRED, f"{to.name if to else 'the queue'}: {why}"
            )
        return True

    def note(self, ticket: Ticket, person: Person, text: str, key: str) -> bool:
        """Something for colleagues, which no customer sees."""
        try:
            with self._engine.begin() as db:
                self._enter(db, ticket, person, Act.NOTE, text[:MAX_TEXT], key=key)
        except IntegrityError:
            return False
        return True

    def answer(self, ticket: Ticket, person: Person, text: str, key: str) -> bool:
        """Tell the customer, in the channel they write in; False too if `key` was sent before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT)
        first = {"first_answer_at": sa.func.coalesce(tickets.c.first_answer_at, self._clock())}
        try:
            with self._engine.begin() as db:
                if message.empty or not self._change(db, ticket, _of(person), **first):
                    return False
                number = self._tell(db, ticket, message, person)
                self._enter(db, ticket, person, Act.ANSWER, message.text, number, key)
        except IntegrityError:
            return False
        return True

    def relay(self, ticket: Ticket, agent: str, text: str, key: str) -> bool:
        """An answer that was given at another desk; False if `key` was taken before."""
        message = Outgoing(text=text[:MAX_TEXT], author=AGENT)
        first = {"first_answer_at": sa.func.coalesce(tickets.c.first_answer_at, self._clock())}
        try:
            with self._engine.begin() as db:
                if message.empty or not self._change(db, ticket, sa.true(), **first):
                    return False
                number = self._tell(db, ticket, message, None, agent)
                self._enter(db, ticket, None, Act.ANSWER, message.text, number, key)
        except IntegrityError:
            return False
        return True

    def tell(
        self,
        ticket: Ticket,
        messages: Sequence[Outgoing],
        condition: sa.sql.ColumnElement,
        **values: Any,
    ) -> bool:
        """Change an open ticket and tell its customer; False, and neither, unless it is so."""
        with self._engine.begin() as db:
            if not self._change(db, ticket, condition, **values):
                return False
            for message in messages:
                self._tell(db, ticket, message, None)
        return True

    def send_again(self, ticket: Ticket, person: Person, entry_id: int) -> bool:
        """Try an answer again that was refused, or given up; one that is on its way is left."""
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
        act: Act,
        told: Sequence[Outgoing],
        resolution: str = "",
        question: Outgoing | None = None,
    ) -> bool:
        """Close a ticket or give it back: the bot has the conversation, and says what is told.

        `question` is how it was; a customer is asked that once for a ticket.
        """
        ended = {"open_for": None, "resolved_at": self._clock(), "resolution": resolution}
        with self._engine.begin() as db:
            if not self._change(db, ticket, sa.true(), **ended):
                return False
            by = ticket.assignee_id or (person.id if person else None)
            route = Route.PERSON.value
            asked = question and self._ratings.ask(
                db, ticket.reference, ticket.sender_id, route, by
            )
            for message in (*told, *((question,) if question and asked else ())):
                self._tell(db, ticket, message, None)
            self._enter(db, ticket, person, act, resolution)
        return True

    def reopen(self, ticket: Ticket, person: Person) -> bool:
        """Take a closed ticket up again; False if the customer has another open one."""
        again = {
            "open_for": ticket.sender_id,
            "resolved_at": None,
            "resolution": None,
            "assignee_id": person.id,
        }
        closed = (tickets.c.id == ticket.id) & tickets.c.open_for.is_(None)
        try:
            with self._engine.begin() as db:
                if not db.execute(sa.update(tickets).where(closed).values(**again)).rowcount:
                    return False
                self._enter(db, ticket, person, Act.REOPENED)
        except IntegrityError:
            return False
        return True

    def entries(self, ticket: Ticket) -> list[Entry]:
        """What was done on a ticket, oldest first."""
        return read_entries(self._engine, ticket.id)

    def _change(
        self, db: Connection, ticket: Ticket, condition: sa.sql.ColumnElement, **values: Any
    ) -> bool:
        mine = (tickets.c.id == ticket.id) & tickets.c.open_for.is_not(None) & condition
        return bool(db.execute(sa.update(tickets).where(mine).values(**values)).rowcount)

    def _tell(
        self,
        db: Connection,
        ticket: Ticket,
        message: Outgoing,
        person: Person | None,
        agent: str | None = None,
    ) -> int | None:
        """Put a message into the conversation and on its way; the number of its delivery."""
        now = self._clock()
        said = {
            "event": "bot",
            "timestamp": now,
            "text": message.text,
            "data": {"buttons": [button.__dict__ for button in message.buttons]},
            "metadata": {"author": message.author, "agent": person.name if person else agent},
        }
        self._log.append(db, ticket.sender_id, [said])
        if ticket.channel not in REACHABLE:
            return None
        out = Outbox(self._engine, ticket.channel, self._clock)
        numbers = out.add(db, ticket.sender_id, [message])
        return numbers[0] if numbers else None

    def _enter(
        self,
        db: Connection,
        ticket: Ticket,
        person: Person | None,
        act: Act,
        text: str = "",
        outbox_id: int | None = None,
        key: str | None = None,
    ) -> None:
        db.execute(
            sa.insert(ticket_entries).values(
                ticket_id=ticket.id,
                person_id=person.id if person else None,
                at=self._clock(),
                kind=act.value,
                text=text,
                key=key[:64] if key else None,
                outbox_id=outbox_id,
            )
        )
        self._audit.write(db, person.id if person else None, act.value, ticket.reference)


def _of(person: Person) -> sa.sql.ColumnElement:
    return tickets.c.assignee_id == person.id
