"""Reads platform payloads of any shape: mappings, a first name, a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from switchboard.text.language import SPOKEN

MAX_KNOWN = 10_000
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
