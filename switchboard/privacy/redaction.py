"""Replaces personal data: permanently for logs and exports, reversibly for one question.

`Finder` is the port: a shop with Presidio or its own service passes another `find`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from switchboard.privacy.personal_data import Found, find_personal

_WORDS_TOO = frozenset(
    """will may mark rose grace hope joy art bill rob sue pat dawn june april young long white brown
    black green king price wood stone cook baker van de an to so""".split()
)
"""Names that are also words: hidden only if capitalised as the name is."""
PLACEHOLDER = re.compile(r"\[[a-z]+_\d+\]")


class Finder(Protocol):
    """Finds personal data in a text (in NFKC)."""

    def __call__(self, text: str) -> list[Found]:
        """The pieces in text order; none overlap."""


def redact(text: str, find: Finder = find_personal) -> str:
    """`text` in NFKC, with personal data replaced by `[email]`, `[phone]` and so on."""
    text = unicodedata.normalize("NFKC", text)
    for piece in reversed(find(text)):
        text = f"{text[: piece.start]}[{piece.kind}]{text[piece.end :]}"
    return text


class Pseudonyms:
    """Numbered placeholders for the personal data of one question: `[email_1]`, `[name_1]`.

    The originals live only as long as this object, in memory, and are written nowhere.
    """

    def __init__(self, names: Iterable[str] = (), find: Finder = find_personal) -> None:
        """`names`: the customer's names, as known from the channel or an order."""
        self._find = find
        self._by_value: dict[str, str] = {}
        self._names = sorted({n for n in names if len(n) > 1}, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """`text` in NFKC with placeholders; equal values get equal placeholders."""
        text = unicodedata.normalize("NFKC", text)
        for piece in reversed(self._find(text)):
            hidden = self._placeholder(piece.kind, text[piece.start : piece.end])
            text = text[: piece.start] + hidden + text[piece.end :]
        for name in self._names:
            pattern = rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name)
            replace = functools.partial(lambda known, _: self._placeholder("name", known), name)
            exactly = name.lower() in _WORDS_TOO
            text = re.sub(pattern, replace, text, flags=0 if exactly else re.IGNORECASE)
        return text

    def restore(self, text: str) -> str:
        """`text` with placeholders replaced by the originals."""
        originals = {hidden: value for value, hidden in self._by_value.items()}
        return PLACEHOLDER.sub(lambda match: originals.get(match[0], match[0]), text)

    @property
    def known(self) -> frozenset[str]:
        """The placeholders in use."""
        return frozenset(self._by_value.values())

    def _placeholder(self, kind: str, value: str) -> str:
        if value not in self._by_value:
            number = 1 + sum(h.startswith(f"[{kind}_") for h in self._by_value.values())
            self._by_value[value] = f"[{kind}_{number}]"
        return self._by_value[value]
