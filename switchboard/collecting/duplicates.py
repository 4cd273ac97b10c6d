"""Texts that are the same but for a word or two, found by MinHash with an index on the disk.

datasketch makes the signatures; its own index lives in memory, about a kilobyte a text, so the
bands are kept in the working file instead, and what shares one is compared letter by letter.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from functools import lru_cache
from typing import Any

from switchboard.errors import ConfigurationError
from switchboard.text.language import has_han

SHAPE = """
CREATE TABLE IF NOT EXISTS bands (band BLOB PRIMARY KEY, text INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, text TEXT, digest BLOB UNIQUE);
"""
ALIKE = 0.8
"""Share of their shingles that two texts have in common, from which they are one."""
_BANDS, _ROWS = 8, 6
"""Texts of which four fifths are common share a band in 91 of 100 cases, of nine tenths always."""
_SIGNS = re.compile(r"[^\w\[\]]+")
_HASHED = 2000


class Duplicates:
    """The texts that were seen. `db` holds the tables of `SHAPE`; the caller commits."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Raises:
        ConfigurationError: datasketch is not installed.
        """
        self._db, self._first = db, _first_signature()

    def note(self, number: int, text: str) -> int | None:
        """The number of the first text like this one; None if it is new, and noted by `number`."""
        plain = plain_words(text)
        digest = hashlib.blake2b(plain.encode(), digest_size=16).digest()
        same = self._db.execute("SELECT id FROM plain WHERE digest = ?", (digest,)).fetchone()
        if same:
            return int(same[0])
        pieces = shingles(plain)
        bands = self._bands(pieces)
        marks = ",".join("?" * len(bands))
        near = self._db.execute(
            f"SELECT DISTINCT p.id, p.text FROM bands b JOIN plain p ON p.id = b.text "  # noqa: S608
            f"WHERE b.band IN ({marks}) ORDER BY p.id",
            bands,
        )
        for other, words in near:
            if overlap(pieces, shingles(words)) >= ALIKE:
                return int(other)
        self._db.execute("INSERT INTO plain VALUES (?, ?, ?)", (number, plain, digest))
        self._db.executemany(
            "INSERT OR IGNORE INTO bands VALUES (?, ?)", [(band, number) for band in bands]
        )
        return None

    def _bands(self, pieces: frozenset[str]) -> list[bytes]:
        signature = self._first.copy()
        signature.update_batch([piece.encode() for piece in pieces])
        rows = signature.hashvalues.reshape(_BANDS, _ROWS)
        return [
            bytes([number]) + hashlib.blake2b(row.tobytes(), digest_size=8).digest()
            for number, row in enumerate(rows)
        ]


@lru_cache(maxsize=1)
def _first_signature() -> Any:
    try:
        from datasketch import MinHash
    except ImportError:
        raise ConfigurationError(
            "duplicates are found with datasketch: install switchboard[learn]"
        ) from None
    return MinHash(num_perm=_BANDS * _ROWS, seed=1)


def plain_words(text: str) -> str:
    """What is compared: small letters, no signs, one space."""
    return _SIGNS.sub(" ", text[:_HASHED].lower()).strip()


def shingles(plain: str) -> frozenset[str]:
    """Pieces of three letters, of two in Chinese."""
    size = 2 if has_han(plain) else 3
    return frozenset(plain[at : at + size] for at in range(max(1, len(plain) - size + 1)))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of all pieces that both have (Jaccard)."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if one or other else 1.0
