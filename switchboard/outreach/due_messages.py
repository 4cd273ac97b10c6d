"""What is to be said by itself and when: planned once by its key, and settled once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.database.connection import insert_new
from switchboard.database.tables import outreach_due

WAITING, SAID, DROPPED, STOPPED = "waiting", "said", "dropped", "stopped"
REMINDER, CLOSING = "reminder", "closing"
"""What is said of a question left open; all else is a `NewsTopic`."""
_D = outreach_due.c


@dataclass(frozen=True)
class Due:
    """One message to a customer that answers none of theirs."""

    id: int
    conversation: str
    channel: str
    what: str
    subject: str
    consent_id: int | None
    facts: Mapping[str, Any]
    made_at: float

    @property
    def is_news(self) -> bool:
        """Whether it is news that was asked for, rather than about a question left open."""
        return self.what not in (REMINDER, CLOSING)


def plan(
    db: Connection,
    key: str,
    conversation: str,
    channel: str,
    what: str,
    now: float,
    *,
    due_at: float = 0.0,
    subject: str = "",
    consent_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """Plan a message in the caller's transaction; False if its key is known, whatever became of
    it."""
    row = {
        "key": key[:255],
        "conversation_id": conversation,
        "channel": channel,
        "what": what,
        "subject": subject,
        "consent_id": consent_id,
        "facts": json.dumps(dict(facts or {})),
        "made_at": now,
        "due_at": due_at or now,
        "state": WAITING,
        "reason": "",
    }
    return insert_new(db, outreach_due, row)


def due_now(engine: Engine, now: float, limit: int) -> list[Due]:
    """What waits and is due, the oldest first."""
    query = sa.select(outreach_due).where(_D.state == WAITING, _D.due_at <= now)
    with engine.connect() as db:
        return [_due(row) for row in db.execute(query.order_by(_D.due_at, _D.id).limit(limit))]


def find_due(db: Connection, number: int) -> tuple[Due, str] | None:
    """A planned message by its id, with its state."""
    row = db.execute(sa.select(outreach_due).where(_D.id == number)).first()
    return (_due(row), str(row.state)) if row else None


def settle_due(db: Connection, due: Due, state: str, reason: str = "", **more: object) -> bool:
    """Settle a message in the caller's transaction; False if another process has, or the customer
    stopped it."""
    waits = (_D.id == due.id) & (_D.state == WAITING)
    values = {"state": state, "reason": reason[:64], **more}
    return bool(db.execute(sa.update(outreach_due).where(waits).values(**values)).rowcount)


def put_off(db: Connection, due: Due, until: float, reason: str) -> bool:
    """Leave a message for later; False if it is settled."""
    return settle_due(db, due, WAITING, reason, due_at=until)


def say_again(db: Connection, due: Due, at: float) -> None:
    """Plan a message anew that was queued and did not leave in time."""
    again = sa.update(outreach_due).where(_D.id == due.id, _D.state == SAID)
    db.execute(again.values(state=WAITING, reason="queued too long", due_at=at))


def _due(row: Row) -> Due:
    return Due(
        row.id,
        row.conversation_id,
        row.channel,
        row.what,
        row.subject,
        row.consent_id,
        json.loads(row.facts),
        row.made_at,
    )
