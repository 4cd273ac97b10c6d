"""Where a backup lies: readable by its owner alone, whole or not there, the oldest taken away."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from switchboard.backup.archive_writer import write_through
from switchboard.clock import utc_now
from switchboard.errors import BackupRefused

PATTERN = "switchboard-*.tar.gz"
_PART = ".switchboard-backup.part"


def named(place: Path) -> Path:
    """The file itself; in a folder, one named by the time.

    Raises:
        BackupRefused: it is there already.
    """
    if place.is_dir():
        place = place / f"switchboard-{utc_now():%Y%m%dT%H%M%SZ}.tar.gz"
    if place.exists():
        raise BackupRefused(f"{place} is there already")
    return place


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears at `path` once it is whole and on the disk.

    What a killed backup left is overwritten by the next one.

    Raises:
        BackupRefused: another backup is just being written in that folder.
    """
    part = path.parent / _PART
    with os.fdopen(os.open(part, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another one may have finished between our opening and our lock: this is its file.
            ours = part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat())
        except BlockingIOError:
            ours = False
        if not ours:
            raise BackupRefused(f"another backup is being written in {path.parent}")
        try:
            file.truncate(0)
            yield file
            write_through(file)
            os.rename(part, path)
        except BaseException:
            part.unlink()
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Take away all but the newest backups that were named by their time; which they were."""
    old = sorted(folder.glob(PATTERN))[:-count]
    for path in old:
        path.unlink()
    return old
