"""Moves a conversation to the time at which it is to have been.

A conversation is held within seconds, and takes minutes where it is moved to: each of its steps has
a shift of its own, and whatever the database keeps of the step is moved by it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.tables import (
    events,
    files,
    identity_attempts,
    identity_codes,
    identity_proofs,
    inbox,
    learning_evidence,
    open_turns,
    outbox,
    ratings,
    ticket_entries,
    tickets,
    turns,
)
from switchboard.tickets.story import read_lines, write_transcript

_TICKET_TIMES = (
    "opened_at",
    "resolved_at",
    "taken_at",
    "first_answer_at",
    "escalated_at",
    "answered_at",
    "snoozed_at",
    "snoozed_until",
)
_TIMES: tuple[tuple[sa.Table, str, tuple[str, ...]], ...] = (
    (turns, "conversation_id", ("at",)),
    (open_turns, "conversation_id", ("at",)),
    (tickets, "conversation_id", _TICKET_TIMES),
    (ratings, "conversation_id", ("asked_at", "answered_at")),
    (identity_attempts, "conversation_id", ("at",)),
    (identity_proofs, "conversation_id", ("used_at",)),
    (identity_codes, "conversation_id", ("sent_at",)),
    (inbox, "conversation", ("received_at", "due_at")),
    (outbox, "conversation", ("created_at", "due_at")),
    (files, "conversation_id", ("at",)),
    (learning_evidence, "conversation_id", ("at",)),
)
"""Every time that is kept of a conversation; events and entries are moved beside."""


class Timeline:
    """When each step of a conversation was held, and when it is to have been."""

    def __init__(self, held_at: float, begins_at: float) -> None:
        self._held, self._shifts = [held_at], [begins_at - held_at]

    @property
    def reached(self) -> float:
        """When the latest step is to have begun."""
        return self._held[-1] + self._shifts[-1]

    @property
    def is_present(self) -> bool:
        """Whether nothing has to be moved."""
        return not any(self._shifts)

    def step(self, held_at: float, pause: float) -> None:
        """A step that is to come `pause` seconds after the one before began; never in the
        future."""
        lasted = held_at - self._held[-1]
        self._held.append(held_at)
        self._shifts.append(min(self._shifts[-1] + max(pause - lasted, 0.0), 0.0))

    def arrive(self, held_at: float) -> None:
        """From here on it is the present."""
        self._held.append(held_at)
        self._shifts.append(0.0)

    def end_at(self, at: float) -> None:
        """Let the latest step have begun at a time, and those before it accordingly."""
        later = at - self.reached
        self._shifts = [shift + later for shift in self._shifts]

    def moved(self, at: float) -> float:
        """A time of the conversation, where it is moved to."""
        return at + self._shifts[max(bisect_right(self._held, at) - 1, 0)]


def move_conversation(engine: Engine, conversation_id: str, timeline: Timeline) -> None:
    """Move all that the database keeps of a conversation, in one transaction."""
    if timeline.is_present:
        return
    with engine.begin() as db:
        for table, key, columns in _TIMES:
            mine = table.c[key] == conversation_id
            _move(db, table, mine, columns, timeline)
        numbers = sa.select(tickets.c.id).where(tickets.c.conversation_id == conversation_id)
        _move(db, ticket_entries, ticket_entries.c.ticket_id.in_(numbers), ("at",), timeline)
        moved = _move_events(db, conversation_id, timeline)
        _tell_times_anew(db, conversation_id, moved)


def _move(
    db: Connection,
    table: sa.Table,
    mine: sa.sql.ColumnElement,
    columns: Iterable[str],
    timeline: Timeline,
) -> None:
    keys = list(table.primary_key)
    wanted = [*keys, *(table.c[name] for name in columns)]
    for row in db.execute(sa.select(*wanted).where(mine)).mappings().all():
        values = {n: timeline.moved(row[n]) for n in columns if row[n] is not None}
        one = sa.and_(*(column == row[column.name] for column in keys))
        db.execute(sa.update(table).where(one).values(**values))


def _move_events(
    db: Connection, conversation_id: str, timeline: Timeline
) -> list[Mapping[str, Any]]:
    mine = events.c.conversation_id == conversation_id
    query = sa.select(events.c.id, events.c.at, events.c.data).where(mine).order_by(events.c.id)
    moved = []
    for row in db.execute(query).all():
        event, at = json.loads(row.data), timeline.moved(row.at)
        event["timestamp"] = at
        written = json.dumps(event, ensure_ascii=False)
        one = events.c.id == row.id
        db.execute(sa.update(events).where(one).values(at=at, data=written))
        moved.append(event)
    return moved


def _tell_times_anew(
    db: Connection, conversation_id: str, moved: Iterable[Mapping[str, Any]]
) -> None:
    """A ticket's transcript names the times of its lines."""
    lines = read_lines(moved)
    mine = tickets.c.conversation_id == conversation_id
    for row in db.execute(sa.select(tickets.c.id, tickets.c.transcript).where(mine)).all():
        told = write_transcript(lines[: len(row.transcript.splitlines())])
        db.execute(sa.update(tickets).where(tickets.c.id == row.id).values(transcript=told))
