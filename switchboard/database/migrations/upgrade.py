"""Creates or upgrades the schema of a database, one process at a time, while others work on it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from switchboard.database.bounds import take_your_time
from switchboard.database.compatibility import State, how_it_fits, write_works_from
from switchboard.database.tables import metadata
from switchboard.errors import StartFailure
from switchboard.owner_only import own_file

FOLDER = Path(__file__).parent
_FIRST = "0001"
_BEFORE_MIGRATIONS = (
    "conversation_events conversation_checkpoints turns open_turns tickets identity_attempts "
    "identity_proofs inbox outbox lanes"
).split()
_LOCK = 7_240_113  # arbitrary, but equal in every process
_OTHER_MIGRATION = "30s"
"""How long another process may migrate before this one gives up."""
_TABLE_LOCK = "2s"
"""How long a change of a table may wait for transactions that use it: for as long, all others that
want the table wait behind it."""
_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between tries at a database that was too busy."""
_BUSY = ("55P03", "40P01")  # PostgreSQL's codes: a lock was not to be had in time, a deadlock


def upgrade(engine: Engine) -> None:
    """Create the tables of a new database, or migrate an older one; all of it, or nothing.

    Raises:
        ConfigurationError: the database is too new for this code.
        StartFailure: it is so busy that its tables could not be changed.
    """
    for pause in (*_PAUSES, None):
        try:
            with exclusively(engine) as connection:
                upgrade_within(connection)
            return
        except OperationalError as error:
            if not is_busy(error):
                raise
            if pause is None:
                raise StartFailure(
                    "the database is too busy to be upgraded, and was left as it is: "
                    "look for long transactions, and try again"
                ) from None
            time.sleep(pause)


def upgrade_within(connection: Connection) -> None:
    """The same in a transaction of `exclusively`."""
    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    fit = how_it_fits(connection, scripts.get_current_head() or _FIRST)
    if fit.state is not State.OLDER:  # another process was first, perhaps one of a newer version
        fit.require()
        return
    known = set(sa.inspect(connection).get_table_names())
    if "tickets" not in known:
        metadata.create_all(connection)
        command.stamp(config, "head")
    else:
        if "alembic_version" not in known:
            old = [metadata.tables[name] for name in _BEFORE_MIGRATIONS]
            metadata.create_all(connection, tables=[t for t in old if t.name not in known])
            command.stamp(config, _FIRST)
        command.upgrade(config, "head")
    write_works_from(connection, _works_from(scripts))


def create_as_of(connection: Connection, revision: str) -> None:
    """Give an empty database the shape of an older revision, for rows of that age."""
    upgrade_within(connection)
    command.downgrade(_config(connection), revision)


@contextmanager
def exclusively(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no other process migrates."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            take_your_time(connection)
            _wait_at_most(connection, _OTHER_MIGRATION)
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
            _wait_at_most(connection, _TABLE_LOCK)
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
            # Python's driver begins no transaction for changes of tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def _wait_at_most(connection: Connection, duration: str) -> None:
    connection.execute(sa.text("SELECT set_config('lock_timeout', :d, true)"), {"d": duration})


def is_busy(error: OperationalError) -> bool:
    """Whether somebody else works on the tables."""
    code = getattr(error.orig, "pgcode", None)
    return code in _BUSY or "database is locked" in str(error.orig)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def _works_from(scripts: ScriptDirectory) -> str:
    """The oldest code for all migrations together: those before 0012 name none."""
    return max(getattr(script.module, "works_from", "") for script in scripts.walk_revisions())
