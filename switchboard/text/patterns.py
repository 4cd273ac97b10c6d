"""Patterns that several readers share. Each part is bounded, so that matching stays linear."""

from __future__ import annotations

import re

EMAIL = r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,4}"
"""An e-mail address. It looks at ASCII, since Chinese puts no space around one."""
LINK = r"https?://[\x21-\x7e]{1,500}"
"""The address of a page, up to the next space or character that is not ASCII."""


def any_of(english: str, chinese: str = "") -> re.Pattern[str]:
    """A pattern for any of the words in a list, in whatever case; underscores stand for spaces.

    English words are whole words; a Chinese one may stand anywhere.
    """
    words = "|".join(word.replace("_", r"\s+") for word in english.split())
    return re.compile("|".join([rf"\b(?:{words})(?!\w)", *chinese.split()]), re.IGNORECASE)


def listed(patterns: str) -> str:
    """Patterns, parted by a comma and a space or a line's end, as one that finds any of them."""
    return "|".join(" ".join(part.split()) for part in re.split(r",\s+", patterns))
