"""Text that every database, log and page can hold.

PostgreSQL refuses NUL, UTF-8 refuses lone surrogates (which come out of JSON escapes), and other
control characters change what a terminal or a log shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import regex

_UNWANTED = regex.compile(r"[\p{Cc}\p{Cs}--[\t\n]]", regex.V1)
_NEWLINES = regex.compile(r"\r\n?|[\u0085\u2028\u2029]")
_ID_UNWANTED = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029]")
_NOT_STORED = regex.compile(r"[\x00\p{Cs}]")
_DIGEST = 32
MAX_ID = 255
"""Characters of an id, as the tables hold them."""


def storable(text: str) -> str:
    """An id that every database can keep: `text` itself, wherever that is possible.

    An id with NUL, a lone surrogate or another control character, or longer than `MAX_ID`, becomes
    what is left of it and a digest of the whole: equal ids stay equal, different ones different.
    """
    if len(text) <= MAX_ID and not _ID_UNWANTED.search(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    left = _ID_UNWANTED.sub("", text[: MAX_ID + 1])
    return f"{left[: MAX_ID - _DIGEST - 1]}~{digest}"


def storable_value(value: Any) -> Any:
    """A JSON value whose texts every database keeps, keys included; otherwise as it is."""
    if isinstance(value, str):
        return _NOT_STORED.sub("", value)
    if isinstance(value, Mapping):
        return {storable_value(key): storable_value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [storable_value(entry) for entry in value]
    return value


def clean_text(text: str) -> str:
    """What somebody wrote, fit to be stored, read and shown: NUL, lone surrogates and control
    characters are gone, every kind of line break is `\\n`. Tabs and what scripts and emoji need
    (joiners, direction marks) stay."""
    return _UNWANTED.sub("", _NEWLINES.sub("\n", text))
