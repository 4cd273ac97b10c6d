"""The working file of long work: how far it came, so that it goes on where it was broken off."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from switchboard.errors import ConfigurationError
from switchboard.owner_only import own_file


class WorkFile:
    """An SQLite file for its owner alone, used by one process at a time.

    What is committed together is there together after a crash: rows, and the mark of how far they
    reach.
    """

    def __init__(self, path: Path, shape: str, options: Mapping[str, Any]) -> None:
        """Open or begin it. `shape`: the statements that make its tables; `options`: what the work
        was asked to do.

        Raises:
            ConfigurationError: it was begun with other options, another process works on it, or
                it is damaged.
        """
        self.path = own_file(path)
        self._lock = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise ConfigurationError(f"another process works on {path}") from None
        try:
            self.db = sqlite3.connect(path)
            self.db.execute("PRAGMA cache_size=-32000")  # 32 MB
            self.db.executescript("CREATE TABLE IF NOT EXISTS marks (name PRIMARY KEY, value);")
            self.db.executescript(shape)
            self._require(json.dumps(options, sort_keys=True, default=str))
        except sqlite3.DatabaseError as error:
            self.close()
            raise ConfigurationError(
                f"{path} is damaged ({error}): take it away to begin anew"
            ) from None
        except BaseException:
            self.close()
            raise

    def _require(self, asked: str) -> None:
        begun = self.mark("options")
        if begun is None:
            self.set_mark("options", asked)
            self.db.commit()
        elif begun != asked:
            raise ConfigurationError(
                f"{self.path} was begun with other options or another file: go on with those, or "
                "begin anew with --anew"
            )

    def mark(self, name: str) -> Any:
        """A mark; None if it was not set."""
        row = self.db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_mark(self, name: str, value: str | float | None) -> None:
        """Set a mark; it holds from the next commit on."""
        self.db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def number(self, query: str, *values: Any) -> int:
        """The number that a query gives."""
        return int(self.db.execute(query, values).fetchone()[0] or 0)

    def close(self) -> None:
        """Close it; what is not committed is lost."""
        if hasattr(self, "db"):
            self.db.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def remove(self) -> None:
        """The work is done."""
        self.close()
        remove_work(self.path)

    def __enter__(self) -> WorkFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def remove_work(path: Path) -> None:
    """Take a working file away, with what belongs to it."""
    for end in ("", "-journal", "-wal", "-shm", ".lock"):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
