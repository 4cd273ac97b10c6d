"""Opens the database: SQLite by default, PostgreSQL by URL; the schema is in `tables.py`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from switchboard.database.bounds import POSTGRESQL
from switchboard.database.compatibility import State, how_it_fits
from switchboard.errors import ConfigurationError
from switchboard.owner_only import own_file, tighten

REVISION = "0019"
"""The newest revision in `migrations/versions`."""


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # WAL: the servers read while one of them writes. NORMAL keeps every commit if a process is
    # killed; only a power failure can lose the last ones.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=3000")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Without it, REPLACE takes rows away past the triggers that refuse it.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def open_engine(url: str) -> Engine:
    """An engine for `url`, tuned for its backend; creates the folder of an SQLite file.

    Raises:
        ConfigurationError: the URL is not a database URL.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            connect = {key: value for key, value in POSTGRESQL.items() if key not in parsed.query}
            return sa.create_engine(
                parsed,
                future=True,
                pool_pre_ping=True,
                pool_timeout=5,
                connect_args=connect,
                hide_parameters=True,
            )
        if parsed.database and parsed.database != ":memory:":
            _own(Path(parsed.database))
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 3}}
        if parsed.database and parsed.database != ":memory:":
            # SQLAlchemy's default opens the file again for every statement, and closing the last
            # connection checkpoints the log: 3 ms a turn.
            options["poolclass"] = sa.pool.QueuePool
        engine = sa.create_engine(parsed, future=True, hide_parameters=True, **options)
    except (ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise ConfigurationError("SWITCHBOARD_DATABASE_URL is not a usable database URL") from error
    sa.event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _own(database: Path) -> None:
    """Keep an SQLite file to its owner; SQLite gives its log and index the same mode."""
    if str(database).startswith("file:"):  # SQLite's own addresses
        return
    try:
        own_file(database)
    except OSError:
        return  # a folder that may only be read, or none: opening it says so
    tighten(database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))


def insert_new(db: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its key exists; whether it was inserted."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    return bool(db.execute(insert(table).values(**row).on_conflict_do_nothing()).rowcount)


def open_database(url: str) -> Engine:
    """Open the database, and create or upgrade its schema if needed.

    A database that a newer version has upgraded is used as it is, where that version left room for
    this one.

    Raises:
        ConfigurationError: the URL is not a database URL, or the database is too new for this code.
        StartFailure: it is so busy that it could not be upgraded.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = open_engine(url)
    with engine.connect() as db:
        fit = how_it_fits(db, REVISION)
    if fit.state is State.OLDER:
        from switchboard.database.migrations.upgrade import (
            upgrade,  # seldom needed, and Alembic is slow to import
        )

        upgrade(engine)
    else:
        fit.require()
    return engine
