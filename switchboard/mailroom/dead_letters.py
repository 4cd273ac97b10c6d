"""Dead letters: messages that got no turn, and answers that did not arrive, for a person to see."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import inbox, outbox
from switchboard.mailroom.announcements import announce
from switchboard.mailroom.inbox import DEAD
from switchboard.mailroom.message import load_response
from switchboard.mailroom.outbox import FAILED, REFUSED, WAITING

DROPPED = "dropped"
MAX_WORDS = 500


class LetterKind(str, Enum):
    """Which way it went."""

    MESSAGE = "message"
    """A customer's message that got no turn."""
    ANSWER = "answer"
    """A message to a customer that did not arrive."""


@dataclass(frozen=True)
class DeadLetter:
    """One of them. `at` is when it came, or was written; `reason` holds no personal data."""

    kind: LetterKind
    id: int
    channel: str
    conversation: str
    at: float
    reason: str
    words: str


class DeadLetters:
    """The dead letters of all channels. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def newest(self, limit: int = 200) -> list[DeadLetter]:
        """What nobody has dealt with, newest first."""
        dead = sa.select(inbox).where(inbox.c.outcome == DEAD).order_by(inbox.c.received_at.desc())
        failed = sa.select(outbox).where(outbox.c.state == FAILED)
        failed = failed.order_by(outbox.c.created_at.desc())
        with self._engine.connect() as db:
            letters = [_message(row) for row in db.execute(dead.limit(limit)).mappings()]
            letters += [_answer(row) for row in db.execute(failed.limit(limit)).mappings()]
        return sorted(letters, key=lambda letter: letter.at, reverse=True)[:limit]

    def try_again(self, kind: LetterKind, number: int) -> bool:
        """Give a message its turn, or send an answer, once more; False if it is dead no more."""
        if kind is LetterKind.MESSAGE:
            fresh = {"attempts": 0, "away": 0, "received_at": self._clock(), "outcome": ""}
            return self._revive(inbox, inbox.c.outcome == DEAD, number, fresh)
        fresh = {"attempts": 0, "begun": 0, "state": WAITING}
        return self._revive(outbox, outbox.c.state == FAILED, number, fresh)

    def drop(self, kind: LetterKind, number: int) -> bool:
        """Leave it at that; the words of a message are kept no longer."""
        if kind is LetterKind.MESSAGE:
            mine = (inbox.c.id == number) & (inbox.c.outcome == DEAD)
            change = sa.update(inbox).where(mine).values(outcome=DROPPED, payload="")
        else:
            mine = (outbox.c.id == number) & (outbox.c.state == FAILED)
            change = sa.update(outbox).where(mine).values(state=REFUSED)
        with self._engine.begin() as db:
            return bool(db.execute(change).rowcount)

    def _revive(
        self,
        table: sa.Table,
        is_dead: sa.sql.ColumnElement,
        number: int,
        fresh: Mapping[str, Any],
    ) -> bool:
        mine = (table.c.id == number) & is_dead
        values = {**fresh, "waiting_for": table.c.conversation, "due_at": self._clock()}
        with self._engine.begin() as db:
            if not db.execute(sa.update(table).where(mine).values(**values)).rowcount:
                return False
            row = db.execute(sa.select(table).where(table.c.id == number)).one()
            announce(db, row.channel, [row.conversation], "")
        return True


def _message(row: Mapping[str, Any]) -> DeadLetter:
    words = _find_words(json.loads(row["payload"] or "{}"))
    return DeadLetter(
        LetterKind.MESSAGE,
        row["id"],
        row["channel"],
        row["conversation"],
        row["received_at"],
        row["reason"],
        words[:MAX_WORDS],
    )


def _answer(row: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(
        LetterKind.ANSWER,
        row["id"],
        row["channel"],
        row["conversation"],
        row["created_at"],
        row["reason"],
        load_response(row["message"]).text[:MAX_WORDS],
    )


def _find_words(payload: object, depth: int = 4) -> str:
    """The customer's words in an event of any platform: its first text, message or caption."""
    if not isinstance(payload, Mapping) or not depth:
        return ""
    for key in ("text", "caption", "message"):
        if isinstance(payload.get(key), str):
            return str(payload[key])
    found = (_find_words(value, depth - 1) for value in payload.values())
    return next((words for words in found if words), "")
