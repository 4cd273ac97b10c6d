"""What a backup says about itself: of which revision it is, and the checksum of each part.

A backup is a gzipped tar: a file of rows for each table, the pictures and files of conversations,
the demo shop, a model, and this last, so that an archive that was cut off has none.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from switchboard.errors import BackupRefused

NAME = "manifest.json"
SHOP = "shop.db"
TABLES, FILES, MODEL = "database/", "files/", "model/"
_FORMAT = 1
_KNOWN = re.compile(
    rf"{TABLES}[a-z_]+\.jsonl|{FILES}[A-Za-z0-9_-]{{43}}|{re.escape(SHOP)}"
    rf"|{MODEL}(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\.tar\.gz|\.trained-from|certainty\.json)"
)


def is_known(name: str) -> bool:
    """Whether a part of that name can belong to a backup; no other is ever read or written."""
    return _KNOWN.fullmatch(name) is not None


@dataclass(frozen=True)
class Part:
    """One part of a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """All parts by their names; `revision` is the database's, `made_at` an ISO date in UTC."""

    made_at: str
    revision: str
    parts: dict[str, Part]

    def written(self) -> bytes:
        """As it stands in the archive."""
        told = {"format": _FORMAT, **asdict(self)}
        return json.dumps(told, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """From an archive.

        Raises:
            BackupRefused: it is none, or one of a newer format.
        """
        try:
            told: dict[str, Any] = json.loads(content)
            if told["format"] != _FORMAT:
                raise BackupRefused("the backup is of a newer format: upgrade Switchboard")
            parts = {name: Part(**part) for name, part in told["parts"].items()}
            return cls(str(told["made_at"]), str(told["revision"]), parts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupRefused("the backup is damaged: its manifest cannot be read") from error
