"""Tickets: one conversation in a person's hands. At most one is open for a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine, RowMapping
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from switchboard.clock import epoch_now
from switchboard.conversations.routes import GRAVE, UPSET, Cause
from switchboard.database.tables import tickets
from switchboard.errors import TicketError
from switchboard.references import new_reference
from switchboard.text.language import ENGLISH
from switchboard.tickets.story import Story


@dataclass(frozen=True)
class Ticket:
    """A case for a person. Times are seconds since the epoch."""

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

    @property
    def is_open(self) -> bool:
        """Whether a person has the conversation, or is to have it."""
        return self.resolved_at is None


def urgency_of(cause: str) -> int:
    """How soon somebody has to see a ticket: 3 where somebody may be in danger, 0 at leisure."""
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
    )


class TicketBook:
    """The tickets of a deployment. Every method raises `TicketError` when the database fails."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine = engine
        self._clock = clock

    def open(
        self, conversation_id: str, channel: str, story: Story, language: str = ENGLISH
    ) -> tuple[Ticket, bool]:
        """Open a ticket, or give the one that is open already; True when it is new."""
        values = {
            "reference": new_reference("T"),
            "conversation_id": conversation_id,
            "open_for": conversation_id,
            "channel": channel,
            "opened_at": self._clock(),
            "language": language[:16],
            "urgency": urgency_of(story.reason),
            **story.__dict__,
        }
        try:
            with self._engine.begin() as db:
                db.execute(sa.insert(tickets).values(**values))
            new = True
        except IntegrityError:
            new = False
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error
        ticket = self.open_for(conversation_id)
        if ticket is None:
            raise TicketError("a ticket vanished between writing and reading")
        return ticket, new

    def open_for(self, conversation_id: str) -> Ticket | None:
        """The open ticket of a conversation."""
        return self._one(tickets.c.open_for == conversation_id)

    def open_by_id(self, number: int) -> Ticket | None:
        """A ticket by its number, while it is open."""
        return self._one((tickets.c.id == number) & tickets.c.open_for.is_not(None))

    def get(self, reference: str) -> Ticket | None:
        """A ticket by its reference, in any case of letters."""
        return self._one(tickets.c.reference == reference.strip().upper())

    def waiting(self, include_resolved: bool = False) -> list[Ticket]:
        """The open tickets, longest wait first; with the resolved ones after them if asked."""
        query = sa.select(tickets).order_by(tickets.c.resolved_at.is_not(None), tickets.c.opened_at)
        if not include_resolved:
            query = query.where(tickets.c.open_for.is_not(None))
        try:
            with self._engine.connect() as db:
                return [_ticket(row) for row in db.execute(query).mappings()]
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error

    def of_customer(self, conversation_id: str) -> list[Ticket]:
        """All tickets of a conversation, newest first."""
        query = sa.select(tickets).where(tickets.c.conversation_id == conversation_id)
        try:
            with self._engine.connect() as db:
                rows = db.execute(query.order_by(tickets.c.id.desc())).mappings()
                return [_ticket(row) for row in rows]
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error

    def _one(self, condition: sa.sql.ColumnElement) -> Ticket | None:
        try:
            with self._engine.connect() as db:
                row = db.execute(sa.select(tickets).where(condition)).mappings().first()
        except SQLAlchemyError as error:
            raise TicketError(type(error).__name__) from error
        return None if row is None else _ticket(row)
