"""A customer's own data: all of it told on request, all of it erased on request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from time import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.people.audit import AuditTrail
from switchboard.tables import (
    checkpoints,
    events,
    identity_attempts,
    identity_proofs,
    inbox,
    open_turns,
    outbox,
    ratings,
    ticket_entries,
    tickets,
    turns,
)

BY_SENDER = (
    ("conversation", events, events.c.sender_id),
    ("turns", turns, turns.c.sender_id),
    ("open questions", open_turns, open_turns.c.sender_id),
    ("cases", tickets, tickets.c.sender_id),
    ("ratings", ratings, ratings.c.sender_id),
    ("identity", identity_proofs, identity_proofs.c.sender_id),
    ("wrong tries", identity_attempts, identity_attempts.c.sender_id),
    ("received", inbox, inbox.c.conversation),
    ("sent", outbox, outbox.c.conversation),
)


def pseudonym(sender_id: str) -> str:
    """What stands in place of a customer in what is kept for counting, the same each time.

    Not to be turned back without knowing the id.
    """
    return "erased:" + hashlib.sha256(sender_id.encode()).hexdigest()[:16]


class Subjects:
    """The customers of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time) -> None:
        self._engine, self._audit = engine, AuditTrail(engine, clock)

    def export(self, sender_id: str) -> dict[str, list[dict[str, Any]]]:
        """Everything on file about one conversation id, by kind."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self._engine.begin() as db:
            for name, table, column in BY_SENDER:
                rows = db.execute(sa.select(table).where(column == sender_id)).mappings()
                found[name] = [_plain(dict(row)) for row in rows]
            mine = sa.select(tickets.c.id).where(tickets.c.sender_id == sender_id)
            entries = sa.select(ticket_entries).where(ticket_entries.c.ticket_id.in_(mine))
            found["work on cases"] = [_plain(dict(row)) for row in db.execute(entries).mappings()]
            self._audit.write(db, None, "export customer", pseudonym(sender_id))
        return found

    def erase(self, sender_id: str) -> dict[str, int]:
        """Delete what is the customer's, and keep what is counted under a pseudonym; how many.

        The audit trail names cases and never customers, so it stays as it is.
        """
        stand_in = pseudonym(sender_id)
        with self._engine.begin() as db:
            counts = {
                name: self._erase(db, name, table, column == sender_id, stand_in)
                for name, table, column in BY_SENDER
            }
            db.execute(sa.delete(checkpoints).where(checkpoints.c.sender_id == sender_id))
            self._audit.write(db, None, "erase customer", stand_in)
        return counts

    def _erase(
        self,
        db: Connection,
        name: str,
        table: sa.Table,
        mine: sa.sql.ColumnElement,
        stand_in: str,
    ) -> int:
        if name == "cases":
            numbers = sa.select(tickets.c.id).where(mine)
            about = ticket_entries.c.ticket_id.in_(numbers)
            db.execute(sa.update(ticket_entries).where(about).values(text=""))
        kept = kept_of(name, stand_in)
        change = sa.update(table).values(**kept) if kept else sa.delete(table)
        return int(db.execute(change.where(mine)).rowcount)


def kept_of(name: str, stand_in: str) -> dict[str, Any]:
    """What is put in place of a customer's words in rows that stay for counting; empty: none do."""
    if name == "turns":
        return {"sender_id": stand_in, "reason": "erased"}
    if name == "open questions":
        return {"sender_id": stand_in, "question": ""}
    if name == "ratings":
        return {"sender_id": stand_in, "comment": None}
    if name == "cases":
        empty = dict.fromkeys(("reason_text", "asked", "tried", "summary", "transcript"), "")
        gone = {"order_number": None, "contact": None, "resolution": None, "open_for": None}
        closed = {"resolved_at": sa.func.coalesce(tickets.c.resolved_at, time())}
        return {"sender_id": stand_in, **empty, **gone, **closed}
    return {}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    if "data" in row:
        row["data"] = json.loads(row["data"])
    return row
