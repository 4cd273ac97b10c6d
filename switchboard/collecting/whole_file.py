"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from switchboard.owner_only import FILE, own_folder


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A text file in UTF-8 for its owner alone, which appears at `path` once it is whole and on the
    disk. Whatever fails before leaves an older one as it was."""
    own_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
