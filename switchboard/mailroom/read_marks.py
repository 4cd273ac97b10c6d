"""How far a platform was read that gives its messages out only when it is asked."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.connection import insert_new
from switchboard.database.tables import read_marks


class ReadMarks:
    """The marks of a channel's accounts. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._engine, self._channel = engine, channel

    def get(self, account: str) -> str:
        """How far an account was read; empty if it never was."""
        with self._engine.connect() as db:
            found = db.execute(sa.select(read_marks.c.mark).where(self._row(account))).scalar()
        return str(found or "")

    def move(self, db: Connection, account: str, before: str, after: str) -> None:
        """Set a mark in the transaction that stores what was read, unless another process has
        moved it since it stood at `before`."""
        row = {"channel": self._channel, "account": account, "mark": after}
        if not before and insert_new(db, read_marks, row):
            return
        stands = self._row(account) & (read_marks.c.mark == before)
        db.execute(sa.update(read_marks).where(stands).values(mark=after))

    def _row(self, account: str) -> sa.sql.ColumnElement:
        return (read_marks.c.channel == self._channel) & (read_marks.c.account == account)
