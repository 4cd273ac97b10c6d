"""The database: conversations, messages, tickets, identity checks.

SQLite by default, PostgreSQL by URL. Tables are created where they are missing; a table's shape
changes only by adding to it. Times are UTC, seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from switchboard.errors import ConfigurationError

metadata = sa.MetaData()

events = sa.Table(
    "conversation_events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_events_sender", "sender_id", "id"),
)

checkpoints = sa.Table(
    "conversation_checkpoints",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("first_event_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("mood", sa.Float),
)

# One row for each open question: what became of it, and what it cost.
open_turns = sa.Table(
    "open_turns",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("question", sa.Text, nullable=False),  # redacted
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("passage", sa.String(255), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("model", sa.String(255), nullable=False),
    sa.Column("cached", sa.Boolean, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("money", sa.Float, nullable=False),
    sa.Column("milliseconds", sa.Float, nullable=False),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(16), nullable=False, unique=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    # Equal to sender_id while the ticket is open and NULL afterwards, so that the database
    # itself refuses a second open ticket for one conversation.
    sa.Column("open_for", sa.String(255), unique=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("resolved_at", sa.Float),
    sa.Column("resolution", sa.Text),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("reason_text", sa.Text, nullable=False),
    sa.Column("mood", sa.Float),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("tried", sa.Text, nullable=False),
    sa.Column("order_number", sa.String(32)),
    sa.Column("order_proved", sa.Boolean, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("transcript", sa.Text, nullable=False),
)

identity_attempts = sa.Table(
    "identity_attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("order_number", sa.String(32), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
)

identity_proofs = sa.Table(
    "identity_proofs",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("order_number", sa.String(32), primary_key=True),
    sa.Column("used_at", sa.Float, nullable=False),
)

# What a platform delivered: acknowledged once it stands here, emptied once it is answered, and
# kept a while so that what is delivered again is known.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("event_id", sa.String(255), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("batch", sa.String(255), nullable=False),  # of messages that are one: an album
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Equal to conversation until the message is answered: an index of what waits, and no more.
    sa.Column("waiting_for", sa.String(255)),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.UniqueConstraint("channel", "event_id"),
    sa.Index("ix_inbox_waiting", "waiting_for", "id"),
    sa.Index("ix_inbox_received", "received_at"),
)

# What is to be delivered to a customer, and what became of it.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),  # of it that are delivered
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("waiting_for", sa.String(255)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Index("ix_outbox_waiting", "waiting_for", "id"),
    sa.Index("ix_outbox_conversation", "conversation", "id"),
    sa.Index("ix_outbox_created", "created_at"),
)

# Which process works for which conversation at the moment.
lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("worker", sa.String(64), nullable=False, index=True),
    sa.Column("until", sa.Float, nullable=False),
)


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # WAL: the two servers read while the other writes. NORMAL keeps every commit over a killed
    # process; only a power cut can take the last ones.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=3000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def open_engine(url: str) -> Engine:
    """An engine for `url`, tuned for its kind; creates the folder of an SQLite file.

    Raises:
        ConfigurationError: the URL is not a database URL.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return sa.create_engine(parsed, future=True, pool_pre_ping=True, pool_timeout=5)
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 3}}
        if parsed.database and parsed.database != ":memory:":
            # SQLAlchemy's default opens a file anew for every statement, and closing the last
            # connection checkpoints the log: 3 ms a turn.
            options["poolclass"] = sa.pool.QueuePool
        engine = sa.create_engine(parsed, future=True, **options)
    except (ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise ConfigurationError("SWITCHBOARD_DATABASE_URL is not a usable database URL") from error
    sa.event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def insert_new(db: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; whether it was inserted."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    return bool(db.execute(insert(table).values(**row).on_conflict_do_nothing()).rowcount)


def open_database(url: str) -> Engine:
    """Open the database and create the tables that are missing.

    Raises:
        ConfigurationError: the URL is not a database URL.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = open_engine(url)
    metadata.create_all(engine)
    return engine
