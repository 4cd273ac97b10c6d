"""Shadow: a candidate reads what customers write to the one that serves, and says nothing.

Both read a message by itself. What is said within a form, or by a button, means what was asked, for
both alike; it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.conversations.turns import CONTINUES
from switchboard.database.tables import events
from switchboard.learning.comparison import Reader
from switchboard.learning.learned_examples import as_example
from switchboard.privacy.redaction import redact
from switchboard.text.storable import clean_text
from switchboard.tickets.story import original_intent

AT_ONCE = 100
"""Messages of one look into the database."""


@dataclass(frozen=True)
class ShadowReading:
    """One message, redacted, as both read it."""

    event: int
    text: str
    serving: str
    candidate: str

    @property
    def differs(self) -> bool:
        """Whether they read it as two things."""
        return self.serving != self.candidate


class Shadow:
    """Follows the conversations of a deployment from now on, or from an event. Methods raise
    SQLAlchemy's errors."""

    def __init__(self, engine: Engine, candidate: Reader, after: int | None = None) -> None:
        self._engine, self._candidate = engine, candidate
        with engine.connect() as db:
            newest = db.execute(sa.select(sa.func.max(events.c.id))).scalar()
        self._after = int(newest or 0) if after is None else after

    def follow(self, done: Callable[[], bool]) -> Iterator[ShadowReading]:
        """What came since the last look, until `done` says so or there is no more."""
        while not done():
            messages = self._next()
            if not messages:
                return
            read = self._candidate.read([text for _, text, _ in messages])
            for (event, text, serving), candidate in zip(messages, read, strict=True):
                yield ShadowReading(event, redact(text), serving, candidate)

    def _next(self) -> list[tuple[int, str, str]]:
        found: list[tuple[int, str, str]] = []
        with self._engine.connect() as db:
            while not found and (rows := db.execute(self._newer()).all()):
                self._after = int(rows[-1].id)
                for row in rows:
                    message = _standing_alone(json.loads(row.data))
                    if message and not self._in_form(db, row.conversation_id, row.id):
                        found.append((int(row.id), *message))
        return found

    def _newer(self) -> sa.sql.Select:
        table = events.c
        return (
            sa.select(table.id, table.conversation_id, table.data)
            .where(table.id > self._after, table.kind == "user")
            .order_by(table.id)
            .limit(AT_ONCE)
        )

    def _in_form(self, db: sa.engine.Connection, conversation: str, before: int) -> bool:
        table = events.c
        newest = (
            sa.select(table.data)
            .where(
                table.conversation_id == conversation,
                table.kind == "active_loop",
                table.id < before,
            )
            .order_by(table.id.desc())
            .limit(1)
        )
        data = db.execute(newest).scalar()
        return bool(data and json.loads(data).get("name"))


def _standing_alone(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """A message's words and what they were read as; None for a button, a number, a message that
    was read anew."""
    parsed = event.get("parse_data") or {}
    text = clean_text(str(event.get("text") or "")).strip()
    if text.startswith("/") or parsed.get(CONTINUES) or not as_example(text):
        return None
    return text, original_intent(parsed)
