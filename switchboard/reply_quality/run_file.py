"""The statistics of a run, row by row, in one file: written as it goes on, read in any order.

A run is resumed where it was killed: rows are written in transactions, beside the line of the input
that was read last. The file has its name only once the run is done.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from switchboard.errors import ConfigurationError
from switchboard.owner_only import own_file
from switchboard.reply_quality.answer_pairs import DamagedRow, GivenReply
from switchboard.reply_quality.reply_figures import Matrix

DONE, PART = "run.db", "run.db.part"
CHUNK = 1_000
"""Rows that are read at once."""
_FORM = "1"
_TABLES = """
CREATE TABLE IF NOT EXISTS told (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS damaged (why TEXT PRIMARY KEY, first INTEGER, rows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS replies (
    line INTEGER PRIMARY KEY, key TEXT NOT NULL, nth INTEGER NOT NULL, language TEXT NOT NULL,
    outcome TEXT NOT NULL, said TEXT NOT NULL, why TEXT NOT NULL, statistics BLOB NOT NULL,
    UNIQUE (key, nth));
"""


@dataclass(frozen=True)
class MeasuredReply:
    """One row of a run. `said`: what the assistant replied, redacted; empty where the reply stood
    in the file. `why`: what speaks against its being grounded."""

    line: int
    language: str
    outcome: str
    said: str
    why: str
    statistics: Matrix


class RunFile:
    """The file of a run, open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path)
        self._db.executescript(_TABLES)

    @classmethod
    def begin(cls, folder: Path, identity: Mapping[str, str]) -> RunFile:
        """The run in a folder with this identity, begun or done, else a new one.

        `identity` is all that a run depends on; one that was begun of something else is discarded,
        and one that is done is replaced when the new one is.
        """
        wanted = _written(identity)
        for name in (PART, DONE):
            found = cls._whole(folder / name)
            if found is not None and found.told("identity") == wanted:
                return found
            if found is not None:
                found.close()
        for left in folder.glob(f"{PART}*"):
            left.unlink()
        run = cls(own_file(folder / PART))
        run._tell(identity=wanted, form=_FORM, line="0")
        run._db.commit()
        return run

    @classmethod
    def done(cls, folder: Path) -> RunFile:
        """A run that is done.

        Raises:
            ConfigurationError: there is none in the folder that can be read.
        """
        run = cls._whole(folder / DONE)
        if run is None:
            unfinished = (folder / PART).exists()
            raise ConfigurationError(f"no {'finished ' * unfinished}run of replies in {folder}")
        return run

    @classmethod
    def _whole(cls, path: Path) -> RunFile | None:
        """The run in a file; None without one that can be read."""
        if not path.is_file():
            return None
        try:
            run = cls(path)
        except sqlite3.DatabaseError:
            return None
        if run.told("form") == _FORM:
            return run
        run.close()
        return None

    @property
    def is_done(self) -> bool:
        """Whether all rows are measured."""
        return self.path.name == DONE

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def finish(self, figures: Sequence[str], **more: str) -> RunFile:
        """Give the file its name, and what it has to tell beside its rows."""
        self._tell(figures=json.dumps(list(figures)), **more)
        self._db.commit()
        self._db.close()
        done = self.path.with_name(DONE)
        os.replace(self.path, done)
        return RunFile(done)

    def told(self, name: str) -> str:
        """What the run tells by a name; empty without it."""
        row = self._db.execute("SELECT value FROM told WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    @property
    def identity(self) -> dict[str, str]:
        """All that the run depended on."""
        found: dict[str, str] = json.loads(self.told("identity"))
        return found

    @property
    def line(self) -> int:
        """The line of the input up to which rows are measured."""
        return int(self.told("line"))

    @property
    def count(self) -> int:
        """The number of rows."""
        return int(self._db.execute("SELECT count(*) FROM replies").fetchone()[0])

    @property
    def damaged(self) -> list[tuple[str, int, int]]:
        """(why, first line, rows) of rows that could not be used."""
        return list(self._db.execute("SELECT why, first, rows FROM damaged ORDER BY rows DESC"))

    def languages(self) -> list[tuple[str, int]]:
        """(language, rows), the most frequent first."""
        query = "SELECT language, count(*) AS n FROM replies GROUP BY 1 ORDER BY n DESC, 1"
        return list(self._db.execute(query))

    def write(
        self,
        rows: Sequence[tuple[GivenReply, str, str, Matrix]],
        damaged: Sequence[DamagedRow],
        line: int,
    ) -> None:
        """Add rows, as (reply, said, why, statistics), in one transaction with the line that was
        read last."""
        counts: Counter[str] = Counter()
        with self._db:
            for reply, said, why, statistics in rows:
                key = reply.pair.key
                if key not in counts:
                    query = "SELECT count(*) FROM replies WHERE key = ?"
                    counts[key] = self._db.execute(query, (key,)).fetchone()[0]
                pair, held = reply.pair, statistics.astype(np.float64).tobytes()
                self._db.execute(
                    "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (pair.line, key, counts[key], pair.language, reply.outcome, said, why, held),
                )
                counts[key] += 1
            for row in damaged:
                self._db.execute(
                    "INSERT INTO damaged VALUES (?, ?, 1) "
                    "ON CONFLICT (why) DO UPDATE SET rows = rows + 1",
                    (row.why, row.line),
                )
            self._tell(line=str(line))

    def rows(self, language: str) -> Iterator[list[MeasuredReply]]:
        """The rows of a language in the order of the file, in chunks."""
        query = (
            "SELECT line, language, outcome, said, why, statistics FROM replies "
            "WHERE language = ? ORDER BY line"
        )
        found = self._db.execute(query, (language,))
        while chunk := found.fetchmany(CHUNK):
            yield [
                MeasuredReply(line, spoken, outcome, said, why, np.frombuffer(held))
                for line, spoken, outcome, said, why, held in chunk
            ]

    def said(self, lines: Collection[int]) -> dict[int, str]:
        """What the assistant replied, by line; empty where the reply stood in the file."""
        marks = ",".join("?" * len(lines))
        query = f"SELECT line, said FROM replies WHERE line IN ({marks})"  # noqa: S608
        return dict(self._db.execute(query, tuple(lines)))

    def beside(self, other: RunFile, language: str) -> Iterator[tuple[Matrix, Matrix]]:
        """The statistics of the rows that stand in both runs, in chunks, a row each."""
        self._db.execute("ATTACH DATABASE ? AS other", (str(other.path),))
        try:
            query = (
                "SELECT a.statistics, b.statistics FROM main.replies a "
                "JOIN other.replies b USING (key, nth) WHERE a.language = ? ORDER BY a.line"
            )
            found = self._db.execute(query, (language,))
            while chunk := found.fetchmany(CHUNK):
                ours, theirs = zip(*chunk, strict=True)
                yield _stacked(ours), _stacked(theirs)
        finally:
            self._db.execute("DETACH DATABASE other")

    @property
    def figures(self) -> list[str]:
        """The names of the figures, in the order of their statistics."""
        return [str(name) for name in json.loads(self.told("figures"))]

    def _tell(self, **values: str) -> None:
        self._db.executemany("INSERT OR REPLACE INTO told VALUES (?, ?)", values.items())


def _stacked(blobs: Sequence[bytes]) -> Matrix:
    return np.stack([np.frombuffer(blob) for blob in blobs])


def _written(identity: Mapping[str, str]) -> str:
    return json.dumps(dict(identity), sort_keys=True)
