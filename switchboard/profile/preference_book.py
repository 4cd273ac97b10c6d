"""The preferences that conversations were told, the latest of each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import preferences
from switchboard.orders.proved_persons import Span
from switchboard.profile.preferences import Preference


class PreferenceBook:
    """One record for all processes. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def keep(self, conversation_id: str, said: Sequence[Preference]) -> None:
        """Keep what was said now, in place of what was said before."""
        p = preferences.c
        with self._engine.begin() as db:
            for one in said:
                mine = (p.conversation_id == conversation_id) & (p.kind == one.kind)
                db.execute(sa.delete(preferences).where(mine))
                row = {"kind": one.kind, "value": one.value, "at": self._clock()}
                db.execute(sa.insert(preferences).values(conversation_id=conversation_id, **row))

    def own(self, conversation_id: str) -> dict[str, str]:
        """What was said in the conversation itself, by kind."""
        query = sa.select(preferences).where(preferences.c.conversation_id == conversation_id)
        with self._engine.connect() as db:
            return {row.kind: row.value for row in db.execute(query)}

    def within(self, spans: Sequence[Span]) -> dict[str, str]:
        """What was said while other conversations were proved to be the same person's; of each kind
        the latest."""
        if not spans:
            return {}
        p = preferences.c
        proved = [
            (p.conversation_id == span.conversation_id) & p.at.between(span.began_at, span.until)
            for span in spans
        ]
        query = sa.select(preferences).where(sa.or_(*proved)).order_by(p.at)
        with self._engine.connect() as db:
            return {row.kind: row.value for row in db.execute(query)}

    def forget(self, db: Connection, conversation_ids: Sequence[str]) -> None:
        """Keep nothing of what was said there."""
        mine = preferences.c.conversation_id.in_(conversation_ids)
        db.execute(sa.delete(preferences).where(mine))
