"""Who looks at a conversation at the desk, and who is typing in it, on either side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import presence

CUSTOMER = "customer"
TYPING_SECONDS = 6.0
"""For how long a key that was pressed counts as typing."""
LOOKING_SECONDS = 45.0
"""For how long a page that was open counts as looking; pages of tickets tell it every 3 s."""


@dataclass(frozen=True)
class Present:
    """Somebody at a conversation; `who` is `CUSTOMER` or `person:<id>`."""

    conversation_id: str
    who: str
    name: str
    typing: bool


class Presence:
    """Who is where. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def note(self, conversation_id: str, who: str, name: str = "", typing: bool = False) -> None:
        """Somebody looks at a conversation, or types in it."""
        now = self._clock()
        mine = (presence.c.conversation_id == conversation_id) & (presence.c.who == who)
        seen = {"name": name[:128], "seen_at": now, "typing_at": now if typing else 0.0}
        row = {"conversation_id": conversation_id, "who": who, **seen}
        with self._engine.begin() as db:
            if not db.execute(sa.update(presence).where(mine).values(**seen)).rowcount:
                insert_new(db, presence, row)
            gone = presence.c.seen_at < now - 10 * LOOKING_SECONDS
            db.execute(sa.delete(presence).where(gone))

    def at(self, conversation_id: str) -> list[Present]:
        """Everybody at a conversation."""
        return self._find(presence.c.conversation_id == conversation_id)

    def agents_typing(self, prefix: str) -> list[Present]:
        """The people of the shop who type an answer, in conversations that begin with `prefix`."""
        return self._find(
            presence.c.conversation_id.startswith(prefix, autoescape=True)
            & (presence.c.who != CUSTOMER)
            & (presence.c.typing_at > self._clock() - TYPING_SECONDS)
        )

    def _find(self, condition: sa.sql.ColumnElement) -> list[Present]:
        now = self._clock()
        recent = condition & (presence.c.seen_at > now - LOOKING_SECONDS)
        query = sa.select(presence).where(recent).order_by(presence.c.who)
        with self._engine.connect() as db:
            return [
                Present(
                    row.conversation_id, row.who, row.name, row.typing_at > now - TYPING_SECONDS
                )
                for row in db.execute(query)
            ]
