"""Reads platform payloads of any shape: mappings, texts that can be stored, places, people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import regex

from switchboard.text.language import SPOKEN

MAX_KNOWN = 10_000
MAX_DEPTH = 40
"""Levels of nesting in a payload; what platforms document has about fifteen."""
EDIT_SECONDS = 900
"""An edit within this time of the message is answered; Messenger allows none after it."""
BORROWED = "borrowed"
"""In a message's metadata: the customer passed on what somebody else wrote. It gives no command and
chooses nothing."""
_NAME = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}'’. -]{0,39}")


def read_person(name: object, locale: object) -> dict[str, str]:
    """The metadata of a person: `name` if plausible, `locale` if supported."""
    found = {}
    if isinstance(name, str) and _NAME.fullmatch(name.strip()):
        found["name"] = name.strip()
    if isinstance(locale, str) and locale[:2].lower() in SPOKEN:
        found["locale"] = locale[:2].lower()
    return found


def inner(update: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """A nested mapping; empty if there is none."""
    value: Any = update
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The mappings of a list; empty for anything else."""
    listed = value if isinstance(value, list) else []
    return [entry for entry in listed if isinstance(entry, Mapping)]


def string(value: object) -> str:
    """A text as a database can store it, without NUL and half characters; else empty."""
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether a value is an integer within bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_shallow(value: object) -> bool:
    """Whether a payload is nested no deeper than `MAX_DEPTH`, so that it can be written again."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for each in level for child in _children(each)]
        if not level:
            return True
    return False


def _children(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def geo(latitude: object, longitude: object) -> str:
    """The `geo:` address of a place; empty for one that is not on Earth."""
    for value, most in ((latitude, 90), (longitude, 180)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
            return ""
    return f"geo:{latitude},{longitude}"


def mark(text: str) -> str:
    """Four digits that tell a changed text from the same one, and nothing of what it says.

    In the id of a text message they let the same text, delivered as an edit, be a duplicate: a
    reaction or a link's preview comes so. One edit in 65,536 is missed.
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:4]
