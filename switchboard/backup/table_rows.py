"""The rows of a table as lines of JSON, the same whichever kind of database they are from.

The first line names the columns, each further one is a row. So what was written on SQLite can be
read into PostgreSQL, which is how a shop moves from one machine to several.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.bounds import take_your_time
from switchboard.database.tables import (
    audit_end,
    compatibility,
    lanes,
    metadata,
    presence,
    sign_ins,
)
from switchboard.errors import BackupRefused

LEFT_OUT = {table.name for table in (lanes, presence, sign_ins, compatibility)}
"""What holds for running processes and open browsers alone; people sign in again."""
SEEDED = {audit_end.name}
"""Tables that are made with a row in them."""
_BATCH = 1000


def backed_up() -> list[sa.Table]:
    """The tables that belong to a backup."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it is at the first query, however long one reads and whoever writes."""
    with engine.connect() as db:
        if db.dialect.name == "postgresql":
            db = db.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            take_your_time(db)
        else:
            db.exec_driver_sql("BEGIN")  # Python's driver begins none for reading
        try:
            yield db
        finally:
            db.rollback()


def dump(db: Connection, table: sa.Table) -> Iterator[bytes]:
    """The lines of a table."""
    yield json.dumps([column.name for column in table.columns]).encode()
    query = sa.select(table).order_by(*table.primary_key.columns)
    result = db.execute(query.execution_options(stream_results=True))
    for rows in result.partitions(_BATCH):
        for row in rows:
            yield json.dumps([_out(value) for value in row], ensure_ascii=False).encode()


def load(db: Connection, table: sa.Table, lines: Iterable[bytes]) -> int:
    """Insert the lines of a table; how many rows there were.

    Raises:
        BackupRefused: a column is not there, or a row does not fit.
    """
    lines = iter(lines)
    names = json.loads(next(lines, b"[]"))
    if missing := set(names) - {column.name for column in table.columns}:
        raise BackupRefused(f"{table.name} has no column {min(missing)}")
    without_nul = db.dialect.name == "postgresql"  # whose texts hold none
    count = 0
    for batch in _batches(lines):
        rows = [
            dict(zip(names, (_in(value, without_nul) for value in row), strict=True))
            for row in batch
        ]
        try:
            db.execute(sa.insert(table), rows)
        except (sa.exc.DataError, sa.exc.IntegrityError) as error:
            kind = type(error.orig).__name__
            raise BackupRefused(f"a row of {table.name} does not fit: {kind}") from None
        count += len(rows)
    return count


def go_on_counting(db: Connection, table: sa.Table) -> None:
    """Have PostgreSQL number the next row after the last one; SQLite does so by itself."""
    key = list(table.primary_key.columns)
    if db.dialect.name != "postgresql" or len(key) != 1:
        return
    (column,) = key
    sequence = db.execute(
        sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
    ).scalar()
    last = db.execute(sa.select(sa.func.max(column))).scalar()
    if sequence and last:
        db.execute(sa.select(sa.func.setval(sequence, last)))


def _batches(lines: Iterator[bytes]) -> Iterator[list[Sequence[Any]]]:
    batch: list[Sequence[Any]] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _out(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _in(value: Any, without_nul: bool) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if without_nul and isinstance(value, str):
        return value.replace("\0", "")
    return value
