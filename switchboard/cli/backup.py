"""`switchboard backup`: everything that a deployment keeps, in one file, while servers run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import typer

from switchboard.cli.train import MODELS, newest_model
from switchboard.settings import load_settings


def backup(
    file: Path = typer.Argument(..., help="where to; a folder: a file in it; -: standard output"),
    model: bool = typer.Option(False, "--model", help="the trained model too"),
    keep: int = typer.Option(0, min=0, help="in a folder: take away all but so many (0: none)"),
) -> None:
    """Back up database, files and demo shop. It holds customers' data: keep it as you keep them."""
    from switchboard.backup.backup_file import keep_newest, named, written_whole
    from switchboard.backup.kept import kept_by
    from switchboard.backup.making import make_backup
    from switchboard.backup.manifest import FILES, TABLES

    kept = kept_by(load_settings(), MODELS)
    chosen = newest_model() if model else None
    if str(file) == "-":
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as whole:
            make_backup(kept, whole, Path(scratch), chosen)
            whole.seek(0)
            shutil.copyfileobj(whole, sys.stdout.buffer)
        return
    path = named(file)
    with written_whole(path) as target:
        manifest = make_backup(kept, target, path.parent, chosen)
    parts = [sum(name.startswith(folder) for name in manifest.parts) for folder in (TABLES, FILES)]
    size = path.stat().st_size / 1e6
    print(f"{path}: {parts[0]} tables, {parts[1]} files, {size:.1f} MB")
    if keep and file.is_dir():
        for old in keep_newest(file, keep):
            print(f"taken away: {old}")
