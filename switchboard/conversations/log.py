"""Every event of every conversation, kept; and where to begin reading a long one.

A checkpoint holds the state of a conversation (slots, form, pause) at one of its events, so
that a turn costs the same after a thousand events as after thirty. Nothing is deleted by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.tables import checkpoints, events, tickets
from switchboard.text.storable import storable, storable_value

Event = Mapping[str, Any]


_STANDING = sa.select(  # every turn begins with it: one statement, built once
    sa.select(sa.func.max(events.c.id))
    .where(events.c.conversation_id == sa.bindparam("conversation"))
    .scalar_subquery(),
    sa.select(tickets.c.id)
    .where(tickets.c.open_for == sa.bindparam("conversation"))
    .scalar_subquery(),
)


@dataclass(frozen=True)
class Window:
    """The recent part of a conversation: the `state` before its `events`; empty at the start."""

    state: list[dict[str, Any]]
    events: list[dict[str, Any]]


class ConversationLog:
    """The conversations of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def standing(self, conversation_id: str) -> tuple[int, bool]:
        """The id of the newest event (0: none), and whether a person has the conversation."""
        conversation_id = storable(conversation_id)
        with self.engine.connect() as db:
            row = db.execute(_STANDING, {"conversation": conversation_id}).one()
        return int(row[0] or 0), row[1] is not None

    def append(self, db: Connection, conversation_id: str, new: Sequence[Event]) -> int:
        """Add events, in the caller's transaction; the id of the last one."""
        conversation_id = storable(conversation_id)
        rows = [
            {
                "conversation_id": conversation_id,
                "at": float(event.get("timestamp") or 0.0),
                "kind": str(event.get("event"))[:64],
                "data": json.dumps(storable_value(event), ensure_ascii=False, default=float),
            }
            for event in new
        ]
        db.execute(sa.insert(events), rows)
        return self.newest(db, conversation_id)

    def newest(self, db: Connection, conversation_id: str) -> int:
        """The id of the newest event; 0 for an unknown conversation."""
        conversation_id = storable(conversation_id)
        newest = sa.select(sa.func.max(events.c.id)).where(
            events.c.conversation_id == conversation_id
        )
        return int(db.execute(newest).scalar() or 0)

    def window(self, conversation_id: str) -> Window | None:
        """The events from the newest checkpoint on; None for an unknown conversation."""
        conversation_id = storable(conversation_id)
        with self.engine.connect() as db:
            point = db.execute(
                sa.select(checkpoints).where(checkpoints.c.conversation_id == conversation_id)
            ).first()
            first = int(point.first_event_id) if point else 0
            rows = self._rows(db, conversation_id, first)
        if not rows:
            return None
        state = json.loads(point.state) if point else []
        return Window(state, [json.loads(row.data) for row in rows])

    def everything(self, conversation_id: str, after: float = 0.0) -> list[dict[str, Any]]:
        """All events of a conversation after a time (seconds since the epoch)."""
        conversation_id = storable(conversation_id)
        with self.engine.connect() as db:
            rows = self._rows(db, conversation_id, 0)
        return [json.loads(row.data) for row in rows if row.at > after]

    def latest(self, conversation_id: str, kind: str, limit: int) -> list[dict[str, Any]]:
        """The newest events of one kind, newest first."""
        conversation_id = storable(conversation_id)
        query = sa.select(events.c.data).where(
            events.c.conversation_id == conversation_id, events.c.kind == kind
        )
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(events.c.id.desc()).limit(limit)).scalars()
            return [json.loads(data) for data in rows]

    def last_heard(self, conversation_ids: Sequence[str]) -> dict[str, float]:
        """When each of these customers last wrote (seconds since the epoch)."""
        query = (
            sa.select(events.c.conversation_id, sa.func.max(events.c.at))
            .where(events.c.conversation_id.in_(conversation_ids), events.c.kind == "user")
            .group_by(events.c.conversation_id)
        )
        with self.engine.connect() as db:
            return {sender: float(at) for sender, at in db.execute(query)}

    def set_checkpoint(self, conversation_id: str, kept: int, state: Sequence[Event]) -> None:
        """Let reading begin at the `kept`-th newest event, with `state` before it."""
        conversation_id = storable(conversation_id)
        newest = (
            sa.select(events.c.id)
            .where(events.c.conversation_id == conversation_id)
            .order_by(events.c.id.desc())
            .offset(kept - 1)
            .limit(1)
        )
        with self.engine.begin() as db:
            first = db.execute(newest).scalar_one()
            db.execute(
                sa.delete(checkpoints).where(checkpoints.c.conversation_id == conversation_id)
            )
            db.execute(
                sa.insert(checkpoints).values(
                    conversation_id=conversation_id,
                    first_event_id=first,
                    state=json.dumps(state),
                )
            )

    def conversation_ids(self) -> list[str]:
        """The ids of all conversations."""
        with self.engine.connect() as db:
            return list(db.execute(sa.select(events.c.conversation_id).distinct()).scalars())

    def delete(self, conversation_id: str) -> None:
        """Erase a conversation."""
        conversation_id = storable(conversation_id)
        with self.engine.begin() as db:
            db.execute(
                sa.delete(checkpoints).where(checkpoints.c.conversation_id == conversation_id)
            )
            db.execute(sa.delete(events).where(events.c.conversation_id == conversation_id))

    @staticmethod
    def _rows(db: Connection, conversation_id: str, first: int) -> list[Any]:
        query = (
            sa.select(events.c.id, events.c.at, events.c.data)
            .where(events.c.conversation_id == conversation_id, events.c.id >= first)
            .order_by(events.c.id)
        )
        return list(db.execute(query))
