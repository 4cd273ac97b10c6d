"""Restores a backup: the database in one transaction, and before its end all that it names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from switchboard.backup.archive_reader import ArchiveReader
from switchboard.backup.kept import Kept
from switchboard.backup.manifest import FILES, MODEL, SHOP, TABLES
from switchboard.backup.table_rows import LEFT_OUT, SEEDED, backed_up, go_on_counting, load
from switchboard.database.compatibility import State, how_it_fits
from switchboard.database.connection import REVISION, open_engine
from switchboard.database.migrations.upgrade import (
    create_as_of,
    exclusively,
    is_busy,
    upgrade_within,
)
from switchboard.database.tables import files, metadata
from switchboard.errors import BackupRefused
from switchboard.files.file_store import FileStore

OLDEST = "0009"
"""Backups are from here on; older shapes are not made any more."""


def restore_backup(kept: Kept, archive: ArchiveReader, replace: bool) -> int:
    """Restore everything; how many rows it were.

    A failure leaves the database as it was. The files of conversations come before the rows that
    name them, so that a restore that is killed leaves at most files that nobody names.

    Raises:
        BackupRefused: the backup is of a newer version, the database or the shop is not empty and
            `replace` was not said, or somebody works on them.
    """
    revision = archive.manifest.revision
    if not OLDEST <= revision <= REVISION:
        raise BackupRefused(
            f"the backup is of revision {revision}, this code reads {OLDEST} to {REVISION}"
        )
    if SHOP in archive and kept.shop and kept.shop.exists() and not replace:
        raise BackupRefused(f"{kept.shop} is there; --replace overwrites it")
    engine = open_engine(kept.database_url)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").touch(mode=0o600)
    store = FileStore(engine, kept.files)
    try:
        with exclusively(engine) as db:
            before = _make_room(db, replace)
            create_as_of(db, revision)
            for name in archive.names(FILES):
                with archive.open(name) as file:
                    store.put_back(name.removeprefix(FILES), file.read())
            count = _load_rows(db, archive)
            upgrade_within(db)
            _restore_shop(kept, archive)
            _restore_model(kept, archive)
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise BackupRefused("somebody works on the database: stop all servers first") from None
    store.remove(before - {name.removeprefix(FILES) for name in archive.names(FILES)})
    engine.dispose()
    return count


def _make_room(db: Connection, replace: bool) -> set[str]:
    """Drop what is there, if that was said; the ids of the files that it named."""
    if how_it_fits(db, REVISION).state in (State.NEWER, State.TOO_NEW):
        raise BackupRefused("the database is of a newer version: upgrade Switchboard")
    there = sa.inspect(db)
    present = [table for table in metadata.sorted_tables if there.has_table(table.name)]
    filled = [t for t in present if t.name not in LEFT_OUT | SEEDED and _has_rows(db, t)]
    if filled and not replace:
        raise BackupRefused(
            f"the database is not empty ({filled[0].name}); --replace overwrites it"
        )
    numbers = set(db.execute(sa.select(files.c.id)).scalars()) if files in present else set()
    metadata.drop_all(db)
    db.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    return numbers


def _has_rows(db: Connection, table: sa.Table) -> bool:
    one = sa.select(sa.literal(1)).select_from(table).limit(1)
    return db.execute(one).first() is not None


def _load_rows(db: Connection, archive: ArchiveReader) -> int:
    # As they are in the database: those of an older revision are not the tables of today.
    shape = sa.MetaData()
    shape.reflect(bind=db)
    count = 0
    for name in archive.names(TABLES):
        table = shape.tables.get(name.removeprefix(TABLES).removesuffix(".jsonl"))
        if table is None or table.name in LEFT_OUT:
            raise BackupRefused(f"the backup holds an unknown table: {name}")
        if table.name in SEEDED:
            db.execute(sa.delete(table))
        with archive.open(name) as lines:
            count += load(db, table, lines)
    for table in backed_up():
        if table.name in shape.tables:
            go_on_counting(db, table)
    return count


def _restore_shop(kept: Kept, archive: ArchiveReader) -> None:
    if SHOP not in archive or kept.shop is None:
        return
    kept.shop.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=kept.shop.parent) as copy:
        with archive.open(SHOP) as file:
            shutil.copyfileobj(file, copy)
        copy.flush()
        kept.shop.touch(mode=0o600)
        # One transaction: who reads it meanwhile sees the old shop or the new one.
        with (
            closing(sqlite3.connect(copy.name)) as source,
            closing(sqlite3.connect(kept.shop)) as target,
        ):
            source.backup(target)


def _restore_model(kept: Kept, archive: ArchiveReader) -> None:
    for name in archive.names(MODEL):
        kept.models.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=kept.models)
        with os.fdopen(handle, "wb") as target, archive.open(name) as file:
            shutil.copyfileobj(file, target)
        os.replace(part, kept.models / Path(name).name)
