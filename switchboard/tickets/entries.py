"""The entries of a ticket: each action on it, and the delivery state of each answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import outbox, ticket_entries, ticket_mails

ENTRY_KEY = "entry"
"""Metadata key of an agent's message in the conversation: the id of its ticket entry."""


class EntryKind(str, Enum):
    """The kind of action that an entry records."""

    TAKEN = "taken"
    ANSWER = "answer"
    NOTE = "note"
    TRANSFERRED = "transferred"
    GIVEN_BACK = "given back"
    CLOSED = "closed"
    REOPENED = "reopened"
    LEFT = "left the chat"
    TAKEN_OVER = "taken over"
    FOLLOWED_UP = "to follow up"
    SNOOZED = "snoozed"
    TAGGED = "tagged"
    MERGED = "merged"
    MAILED = "mailed"
    MAIL_CAME = "mail came"


@dataclass(frozen=True)
class Entry:
    """One action on a ticket. `state` and `reason` are the delivery state of an answer."""

    id: int
    person_id: int | None
    at: float
    kind: str
    text: str
    state: str | None
    reason: str | None


def read_entries(engine: Engine, ticket_id: int) -> list[Entry]:
    """All entries of a ticket, oldest first."""
    query = (
        sa.select(
            ticket_entries,
            sa.func.coalesce(outbox.c.state, ticket_mails.c.state).label("state"),
            outbox.c.reason,
        )
        .select_from(
            ticket_entries.outerjoin(outbox, outbox.c.id == ticket_entries.c.outbox_id).outerjoin(
                ticket_mails, ticket_mails.c.entry_id == ticket_entries.c.id
            )
        )
        .where(ticket_entries.c.ticket_id == ticket_id)
        .order_by(ticket_entries.c.id)
    )
    with engine.connect() as db:
        rows = db.execute(query).all()
    return [Entry(r.id, r.person_id, r.at, r.kind, r.text, r.state, r.reason) for r in rows]
