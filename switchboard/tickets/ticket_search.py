"""Finds tickets by what people remember: a reference, words, an e-mail address, an order, a tag."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, ticket_entries, ticket_tags, tickets
from switchboard.text.storable import clean_text

MOST = 50
MAX_WORDS = 200


class TicketSearch:
    """Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, words: str) -> list[int]:
        """The numbers of the newest tickets that hold every word, wherever it stands."""
        wanted = clean_text(words[:MAX_WORDS]).split()
        if not wanted:
            return []
        said = _said_on_postgresql if self._engine.dialect.name == "postgresql" else _said_on_sqlite
        query = sa.select(tickets.c.id).where(*(_holds(word, said(word)) for word in wanted))
        with self._engine.connect() as db:
            found = db.execute(query.order_by(tickets.c.id.desc()).limit(MOST))
            return list(found.scalars())


def _said_on_sqlite(word: str) -> sa.sql.ColumnElement:
    """The message's own words: its record names intents, buttons and keys as well."""
    text = sa.func.json_extract(events.c.data, "$.text")
    return _has(sa.case((sa.func.json_valid(events.c.data) == 1, text), else_=""), word)


def _said_on_postgresql(word: str) -> sa.sql.ColumnElement:
    """As above; without a cast, since PostgreSQL reads no JSON in which there is a NUL."""
    text = sa.func.substring(events.c.data, r'"text": "((?:[^"\\]|\\.)*)"')
    return _has(text, json.dumps(word, ensure_ascii=False)[1:-1])


def _holds(word: str, heard: sa.sql.ColumnElement) -> sa.sql.ColumnElement:
    told = "reference contact order_number reason_text asked summary transcript resolution".split()
    work = ticket_entries.c.ticket_id == tickets.c.id
    said = events.c.conversation_id == tickets.c.conversation_id
    tagged = ticket_tags.c.ticket_id == tickets.c.id
    return sa.or_(
        *(_has(tickets.c[name], word) for name in told),
        sa.exists().where(tagged, _has(ticket_tags.c.tag, word)),
        sa.exists().where(work, _has(ticket_entries.c.text, word)),
        sa.exists().where(said, events.c.kind.in_(["user", "bot"]), heard),
    )


def _has(column: sa.sql.ColumnElement, word: str) -> sa.sql.ColumnElement:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    lower = sa.func.lower(column).like(f"%{escaped.lower()}%", escape="\\")
    # SQLite knows no capitals beyond ASCII: as it is written, at least.
    return lower | column.like(f"%{escaped}%", escape="\\")
