"""Tickets: conversations handed to a person. A conversation has at most one open ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlalchemy.exc import SQLAlchemyError

from switchboard.clock import epoch_now
from switchboard.conversations.routes import GRAVE, UPSET, Cause
from switchboard.database.connection import insert_new
from switchboard.database.tables import tickets
from switchboard.errors import TicketError
from switchboard.references import new_reference
from switchboard.text.language import ENGLISH
from switchboard.text.storable import storable, storable_value
from switchboard.tickets.story import Story


@dataclass(frozen=True)
class Ticket:
    """A conversation handed to a person. Times are seconds since the epoch."""

    id: int
    reference: str
    conversation_id: str
    channel: str
    opened_at: float
    resolved_at: float | None
    resolution: str | None
    story: Story
    language: str
    urgency: int
    assignee_id: int | None
    taken_at: float | None
    first_answer_at: float | None
    escalated_at: float | None
    contact: str | None
    answered_at: float | None = None
    snoozed_at: float | None = None
    snoozed_until: float | None = None
    follow_up: bool = False
    merged_into: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a person has to do with it, or it waits for one.

        While it is a `follow_up`, the bot has the conversation all the same.
        """
        return self.resolved_at is None


def urgency_of(cause: str) -> int:
    """The urgency of a ticket by its cause: 3 (somebody may be in danger) down to 0."""
    if cause in GRAVE:
        return 3
    if cause in UPSET:
        return 2
    return 0 if cause == Cause.PAGE_INBOX else 1


def _ticket(row: RowMapping) -> Ticket:
    return Ticket(
        id=row["id"],
        reference=row["reference"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
        resolution=row["resolution"],
        story=Story(
            reason=row["reason"],
            reason_text=row["reason_text"],
            mood=row["mood"],
            asked=row["asked"],
            tried=row["tried"],
            order_number=row["order_number"],
            order_proved=bool(row["order_proved"]),
            summary=row["summary"],
            transcript=row["transcript"],
        ),
        language=row["language"],
        urgency=row["urgency"],
        assignee_id=row["assignee_id"],
        taken_at=row["taken_at"],
        first_answer_at=row["first_answer_at"],
        escalated_at=row["escalated_at"],
        contact=row["contact"],
        answered_at=row["answered_at"],
        snoozed_at=row["snoozed_at"],
        snoozed_until=row["snoozed_until"],
        follow_up=bool(row["follow_up"]),
        merged_into=row["merged_into"],
    )


OPEN = tickets.c.resolved_at.is_(None)
"""A condition: the ticket is open, be it as a follow-up."""


class TicketBook:
    """The tickets of a deployment. Every method raises `TicketError` when the database fails."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine = engine
        self._clock = clock

    def open(
        self, conversation_id: str, channel: str, story: Story, language: str = ENGLISH
    ) -> tuple[Ticket, bool]:
        """Open a ticket, or return the open one; True if it is new."""
        try:
            with self._engine.begin() as db:
                new = self.open_within(db, conversation_id, channel, story, language)
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error
        ticket = self.open_for(conversation_id)
        if ticket is None:
            raise TicketError("a ticket vanished between writing and reading")
        return ticket, new

    def open_within(
        self, db: Connection, conversation_id: str, channel: str, story: Story, language: str
    ) -> bool:
        """Open a ticket in the caller's transaction; False if one is open already."""
        values = {
            "reference": new_reference("T"),
            "conversation_id": storable(conversation_id),
            "open_for": storable(conversation_id),
            "channel": channel,
            "opened_at": self._clock(),
            "language": language[:16],
            "urgency": urgency_of(story.reason),
            **storable_value(story.__dict__),
        }
        return insert_new(db, tickets, values)

    def open_for(self, conversation_id: str) -> Ticket | None:
        """The open ticket for which the bot is silent in a conversation."""
        return self._find_one(tickets.c.open_for == storable(conversation_id))

    def open_by_id(self, number: int) -> Ticket | None:
        """A ticket by its number, if it is open."""
        return self._find_one((tickets.c.id == number) & OPEN)

    def get(self, reference: str) -> Ticket | None:
        """A ticket by its reference, case-insensitive."""
        return self._find_one(tickets.c.reference == storable(reference.strip().upper()))

    def waiting(self, include_resolved: bool = False) -> list[Ticket]:
        """The open tickets, longest wait first, then the resolved ones if requested."""
        query = sa.select(tickets).order_by(tickets.c.resolved_at.is_not(None), tickets.c.opened_at)
        if not include_resolved:
            query = query.where(OPEN)
        return self._list(query)

    def closed(self, limit: int, before: int = 0) -> list[Ticket]:
        """Closed tickets, newest first, at most `limit`, with numbers below `before` if given."""
        condition = tickets.c.resolved_at.is_not(None)
        if before:
            condition &= tickets.c.id < before
        query = sa.select(tickets).where(condition).order_by(tickets.c.id.desc()).limit(limit)
        return self._list(query)

    def by_numbers(self, numbers: Sequence[int]) -> list[Ticket]:
        """Tickets by their numbers, newest first."""
        query = sa.select(tickets).where(tickets.c.id.in_(list(numbers)))
        return self._list(query.order_by(tickets.c.id.desc()))

    def merged(self, ticket: Ticket) -> list[Ticket]:
        """The tickets that were merged into this one."""
        return self._list(sa.select(tickets).where(tickets.c.merged_into == ticket.id))

    def of_customer(self, conversation_id: str) -> list[Ticket]:
        """All tickets of a conversation, newest first."""
        query = sa.select(tickets).where(tickets.c.conversation_id == storable(conversation_id))
        return self._list(query.order_by(tickets.c.id.desc()))

    def _list(self, query: sa.sql.Select) -> list[Ticket]:
        try:
            with self._engine.connect() as db:
                return [_ticket(row) for row in db.execute(query).mappings()]
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error

    def _find_one(self, condition: sa.sql.ColumnElement) -> Ticket | None:
        try:
            with self._engine.connect() as db:
                row = db.execute(sa.select(tickets).where(condition)).mappings().first()
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error
        return None if row is None else _ticket(row)
