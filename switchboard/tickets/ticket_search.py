"""Finds tickets by what people remember: a reference, words, an e-mail address, an order, a tag."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, ticket_entries, ticket_tags, tickets

MOST = 50
MAX_WORDS = 200


class TicketSearch:
    """Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, words: str) -> list[int]:
        """The numbers of the newest tickets that hold every word, wherever it stands."""
        wanted = words[:MAX_WORDS].replace("\x00", "").split()
        if not wanted:
            return []
        query = sa.select(tickets.c.id).where(*map(_holds, wanted))
        with self._engine.connect() as db:
            found = db.execute(query.order_by(tickets.c.id.desc()).limit(MOST))
            return list(found.scalars())


def _holds(word: str) -> sa.sql.ColumnElement:
    told = "reference contact order_number reason_text asked summary transcript resolution".split()
    work = ticket_entries.c.ticket_id == tickets.c.id
    said = events.c.conversation_id == tickets.c.conversation_id
    tagged = ticket_tags.c.ticket_id == tickets.c.id
    return sa.or_(
        *(_has(tickets.c[name], word) for name in told),
        sa.exists().where(tagged, ticket_tags.c.tag == word.lower()),
        sa.exists().where(work, _has(ticket_entries.c.text, word)),
        sa.exists().where(said, events.c.kind.in_(["user", "bot"]), _has(events.c.data, word)),
    )


def _has(column: sa.Column, word: str) -> sa.sql.ColumnElement:
    escaped = word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return sa.func.lower(column).like(f"%{escaped}%", escape="\\")
