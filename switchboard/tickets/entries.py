"""What was done on a ticket, and what became of each answer on its way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import outbox, ticket_entries

ENTRY_KEY = "entry"
"""In the metadata of an agent's message in the conversation: the id of its entry."""


class EntryKind(str, Enum):
    """What an entry of a ticket tells."""

    TAKEN = "taken"
    ANSWER = "answer"
    NOTE = "note"
    TRANSFERRED = "transferred"
    GIVEN_BACK = "given back"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Entry:
    """One act on a ticket. `state` and `reason` tell what became of an answer on its way."""

    id: int
    person_id: int | None
    at: float
    kind: str
    text: str
    state: str | None
    reason: str | None


def read_entries(engine: Engine, ticket_id: int) -> list[Entry]:
    """The acts of all people, oldest first."""
    query = (
        sa.select(ticket_entries, outbox.c.state, outbox.c.reason)
        .select_from(ticket_entries.outerjoin(outbox, outbox.c.id == ticket_entries.c.outbox_id))
        .where(ticket_entries.c.ticket_id == ticket_id)
        .order_by(ticket_entries.c.id)
    )
    with engine.connect() as db:
        rows = db.execute(query).all()
    return [Entry(r.id, r.person_id, r.at, r.kind, r.text, r.state, r.reason) for r in rows]
