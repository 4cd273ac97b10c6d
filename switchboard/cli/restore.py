"""`switchboard restore`: what a backup holds, into the database and folders of the settings."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

import typer

from switchboard.cli.train import MODELS
from switchboard.settings import load_settings


def restore(
    file: Path = typer.Argument(..., help="the backup; -: standard input"),
    replace: bool = typer.Option(False, "--replace", help="over what is there"),
) -> None:
    """Restore a backup, of SQLite or PostgreSQL into either. Stop all servers first."""
    if str(file) != "-":
        with file.open("rb") as source:
            _restore(source, replace)
        return
    with tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(sys.stdin.buffer, whole)
        whole.seek(0)
        _restore(whole, replace)


def _restore(source: IO[bytes], replace: bool) -> None:
    from switchboard.backup.archive_reader import ArchiveReader
    from switchboard.backup.kept import kept_by
    from switchboard.backup.manifest import FILES
    from switchboard.backup.restoring import restore_backup

    kept = kept_by(load_settings(), MODELS)
    archive = ArchiveReader(source)
    rows = restore_backup(kept, archive, replace)
    made = archive.manifest.made_at
    print(f"Restored as of {made}: {rows} rows, {len(archive.names(FILES))} files.")
