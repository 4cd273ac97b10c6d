"""Files with customers' data belong to the user that the servers run as, and to nobody else.

Databases and their logs, pictures, caches: folders are made 0700 and files 0600, whatever the umask
of whoever starts a process; what is there already is tightened when it is opened.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def own_folder(folder: Path) -> Path:
    """Make a folder that only its owner enters, with those above it that are missing; one that is
    there is left as it is."""
    missing = [
        path for path in (folder, *folder.parents) if not path.exists() and not path.is_symlink()
    ]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER, exist_ok=True)
    return folder


def own_file(path: Path) -> Path:
    """Make an empty file that only its owner reads, or tighten the one that is there."""
    own_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE))
    tighten([path])
    return path


def tighten(paths: Iterable[Path]) -> None:
    """Take every right of others away. Links, what is gone, and what belongs to somebody else are
    left."""
    for path in paths:
        with contextlib.suppress(OSError):
            mode = path.lstat().st_mode
            if (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)


def tighten_folder(folder: Path) -> None:
    """Tighten a folder of ours and what lies in it directly: nobody else gets further then."""
    if folder.is_dir() and not folder.is_symlink():
        tighten([folder, *folder.iterdir()])
