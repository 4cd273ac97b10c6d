"""Creates or upgrades the schema of a database, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, Engine

from switchboard.database.tables import metadata
from switchboard.owner_only import own_file

FOLDER = Path(__file__).parent
_FIRST = "0001"
_BEFORE_MIGRATIONS = (
    "conversation_events conversation_checkpoints turns open_turns tickets identity_attempts "
    "identity_proofs inbox outbox lanes"
).split()
_LOCK = 7_240_113  # arbitrary, but equal in every process


def upgrade(engine: Engine) -> None:
    """Create the tables of a new database, or migrate an older one."""
    with _exclusively(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        known = set(sa.inspect(connection).get_table_names())
        if "tickets" not in known:
            metadata.create_all(connection)
            command.stamp(config, "head")
            return
        if "alembic_version" not in known:
            old = [metadata.tables[name] for name in _BEFORE_MIGRATIONS]
            metadata.create_all(connection, tables=[t for t in old if t.name not in known])
            command.stamp(config, _FIRST)
        command.upgrade(config, "head")


@contextmanager
def _exclusively(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no other process migrates."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
            yield connection
        return
    path = engine.url.database
    if not path or path == ":memory:":
        with engine.begin() as connection:
            yield connection
        return
    with own_file(Path(f"{path}.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.begin() as connection:
            yield connection
