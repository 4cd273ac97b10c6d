"""What a platform tells of a customer: a first name and a language, as far as they can be used."""

from __future__ import annotations

import regex

from switchboard.text.language import SPOKEN

MAX_KNOWN = 10_000
_NAME = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}'’. -]{0,39}")


def read_person(name: object, locale: object) -> dict[str, str]:
    """Metadata of a message: `name` if it looks like one, `locale` if it is spoken here."""
    found = {}
    if isinstance(name, str) and _NAME.fullmatch(name.strip()):
        found["name"] = name.strip()
    if isinstance(locale, str) and locale[:2].lower() in SPOKEN:
        found["locale"] = locale[:2].lower()
    return found
