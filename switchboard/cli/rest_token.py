"""The token of the channel `rest` that `switchboard serve` makes, for commands on this machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from switchboard.project import VAR

FILE = VAR / "rest.token"


def keep_token(token: str, path: Path = FILE) -> None:
    """Leave the token where other commands of this user find it, while the servers run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)


def drop_token(path: Path = FILE) -> None:
    """Take it away."""
    with contextlib.suppress(OSError):
        path.unlink()


def find_token(given: str, path: Path = FILE) -> str:
    """The token of a setting, else that of a running `switchboard serve`; empty without either."""
    with contextlib.suppress(OSError):
        return given or path.read_text()
    return given
