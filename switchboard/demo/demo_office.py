"""The demo's people at work: what a script has them do, by the acts of the desk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.conversations.routes import Route
from switchboard.database.tables import people, sign_ins
from switchboard.demo.demo_corrections import DemoCorrections
from switchboard.demo.demo_marks import LOGINS, demo_people
from switchboard.demo.demo_script import Step
from switchboard.mailroom.outbox import SENT, Outbox
from switchboard.shop.replies import Replies
from switchboard.staff.directory import Directory, Person, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.filing import Filing
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_acts import REACHABLE, TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

_SUPERVISOR = "ada"


class DemoOffice:
    """Methods raise SQLAlchemy's errors and `TicketError`."""

    def __init__(self, engine: Engine, replies: Replies) -> None:
        self._engine, self._directory = engine, Directory(engine)
        self._tickets, self._ratings = TicketBook(engine), Ratings(engine)
        self._acts = TicketActs(engine, replies)
        self._filing = Filing(engine, self._acts)
        self._corrections = DemoCorrections(engine)
        self._people: dict[str, Person] = {}

    def open(self) -> dict[str, str]:
        """Take on who is missing; the password of each of them, by login."""
        known, passwords = demo_people(self._engine), {}
        for called, (login, name) in LOGINS.items():
            found = self._directory.find(known[login]) if login in known else None
            if found is None:
                role = Role.SUPERVISOR if called == _SUPERVISOR else Role.AGENT
                passwords[login] = secrets.token_urlsafe(12)
                found = self._directory.add(login, name, role, passwords[login], None)
            self._people[called] = found
        return passwords

    def close(self) -> int:
        """Remove the demo's people; how many there were."""
        numbers = list(demo_people(self._engine).values())
        with self._engine.begin() as db:
            db.execute(sa.delete(sign_ins).where(sign_ins.c.person_id.in_(numbers)))
            db.execute(sa.delete(people).where(people.c.id.in_(numbers)))
        return len(numbers)

    def is_ready(self, conversation_id: str, what: str) -> bool:
        """Whether the desk has seen what the customer left (`contact`), or that they go on with the
        bot (`follow_up`)."""
        ticket = self._ticket(conversation_id)
        if ticket is None:
            return False
        return bool(ticket.contact) if what == "contact" else ticket.follow_up

    def do(self, conversation_id: str, step: Step) -> bool:
        """Do one act; False if it is not possible."""
        if step.kind == "rate":
            score, comment = step.value
            return self._ratings.volunteer(conversation_id, Route.KNOWN.value, score, comment)
        if step.kind == "correct":
            login, _name = LOGINS[_SUPERVISOR]
            return self._corrections.correct(conversation_id, step.value, login)
        ticket = self._ticket(conversation_id)
        if ticket is None:
            return False
        if step.kind == "take":
            return self._acts.take(ticket, self._people[step.value])
        mine = next((p for p in self._people.values() if p.id == ticket.assignee_id), None)
        acts: dict[str, Callable[[Ticket, Person, Any], bool]] = {
            "answer": self._answer,
            "note": lambda t, who, text: self._acts.note(t, who, text, secrets.token_hex(16)),
            "tag": self._filing.tag,
            "snooze": lambda t, who, hours: self._filing.snooze(t, who, hours * 3600.0),
            "close": lambda t, who, told: self._acts.finish(t, who, EntryKind.CLOSED, told),
            "give_back": lambda t, who, told: self._acts.finish(t, who, EntryKind.GIVEN_BACK, told),
        }
        return mine is not None and acts[step.kind](ticket, mine, step.value)

    def deliver(self, conversation_id: str, channel: str) -> None:
        """What was sent counts as delivered: behind a demo conversation there is no phone."""
        if channel not in REACHABLE:
            return
        box = Outbox(self._engine, channel, epoch_now)
        while (delivery := box.next(conversation_id)) is not None:
            box.settle(delivery, SENT)

    def _answer(self, ticket: Ticket, person: Person, text: str) -> bool:
        return self._acts.answer(ticket, person, text, secrets.token_hex(16))

    def _ticket(self, conversation_id: str) -> Ticket | None:
        found = self._tickets.of_customer(conversation_id)
        return next((ticket for ticket in found if ticket.is_open), None)
