"""Which conversations were told that a machine answers, in which version of the shop's text."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import notices_shown

SHOWN = "first_words"
"""In the metadata of a message of the bot: the version of the notice that stands before it."""


class NoticeBook:
    """One record for all processes. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def shown(self, conversation_id: str, version: str) -> bool:
        """Whether the conversation was shown this version."""
        n = notices_shown.c
        query = sa.select(n.at).where(n.conversation_id == conversation_id, n.version == version)
        with self._engine.connect() as db:
            return db.execute(query).first() is not None

    def note(self, db: Connection, conversation_id: str, version: str) -> None:
        """Note that it is shown by what the transaction stores; the first time counts."""
        row = {"conversation_id": conversation_id, "version": version, "at": self._clock()}
        insert_new(db, notices_shown, row)
