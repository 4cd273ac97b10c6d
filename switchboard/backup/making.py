"""Makes a backup while servers write: one moment of the database, and the files that it names."""

from __future__ import annotations

import io
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.backup.archive_writer import ArchiveWriter
from switchboard.backup.kept import Kept
from switchboard.backup.manifest import FILES, MODEL, SHOP, TABLES, Manifest
from switchboard.backup.table_rows import backed_up, dump, snapshot
from switchboard.database.compatibility import State, how_it_fits
from switchboard.database.connection import REVISION, open_engine
from switchboard.database.tables import files
from switchboard.errors import BackupRefused
from switchboard.files.file_store import FileStore, StoredFile


def make_backup(kept: Kept, target: IO[bytes], scratch: Path, model: Path | None) -> Manifest:
    """Write a backup into `target`, using `scratch` for what is on its way there.

    Every row is in it that was committed before the call.

    Raises:
        BackupRefused: the database is not of this code's revision.
        sqlalchemy.exc.SQLAlchemyError: it cannot be read.
    """
    engine = open_engine(kept.database_url)
    archive = ArchiveWriter(target, scratch)
    with snapshot(engine) as db:
        fit = how_it_fits(db, REVISION)
        if fit.state is not State.CURRENT:
            raise BackupRefused(
                f"the database is of revision {fit.found or 'none'}, this code of {REVISION}: "
                "back it up with the version that it is of"
            )
        for table in backed_up():
            archive.add_lines(f"{TABLES}{table.name}.jsonl", dump(db, table))
        _add_files(archive, db, FileStore(engine, kept.files))
    if kept.shop is not None and kept.shop.exists():
        _add_shop(archive, kept.shop, scratch)
    if model is not None:
        for path in (model, *(model.parent / name for name in (".trained-from", "certainty.json"))):
            if path.exists():
                with path.open("rb") as file:
                    archive.add(f"{MODEL}{path.name}", file)
    engine.dispose()
    return archive.finish(REVISION)


def _add_files(archive: ArchiveWriter, db: Connection, store: FileStore) -> None:
    named = sa.select(
        *(files.c[name] for name in ("id", "conversation_id", "mime", "name", "size"))
    )
    for row in db.execute(named).all():
        file = StoredFile(*row)
        try:
            content = store.content(file)
        except FileNotFoundError:
            continue  # erased since the snapshot; nobody misses it
        archive.add(f"{FILES}{file.id}", io.BytesIO(content))


def _add_shop(archive: ArchiveWriter, shop: Path, scratch: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=scratch) as copy:
        with (
            closing(sqlite3.connect(shop)) as source,
            closing(sqlite3.connect(copy.name)) as target,
        ):
            source.backup(target)
        with open(copy.name, "rb") as file:
            archive.add(SHOP, file)
