"""The words of a post: those of its facts, and those that say nothing of a sale.

Lies are endless, so no list of them is enough: "for students", "as seen on TV", "while it lasts".
The words that a true post needs beside its facts are few, and the shop lists them
(`data/copy.yml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from switchboard.text.language import CHINESE

_HAN = "\u3400-\u9fff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_WORD = re.compile(rf"[^\W\d_{_HAN}]+(?:['’][^\W\d_{_HAN}]+)?")
_PLAIN_SIGNS = frozenset("%+|~=<>`^$¥￥€£＋～｜")
"""Signs that are checked as amounts, or say nothing."""


class PostWords:
    """What the posts of one set of facts may be made of, in one language."""

    def __init__(self, facts: Iterable[str], neutral: str, language: str) -> None:
        held = " ".join([*facts, neutral])
        self._words = {word.casefold() for word in _WORD.findall(held)}
        self._signs = {char for char in held if _is_sign(char)}
        self._phrases = set(_HAN_RUN.findall(held)) if language == CHINESE else set()
        self._longest = max(map(len, self._phrases), default=0)

    def unknown(self, draft: str) -> list[str]:
        """The words and pictures of a draft that neither the facts nor the shop's list hold."""
        words = [word for word in _WORD.findall(draft) if not self._holds(word.casefold())]
        words += [run for run in _HAN_RUN.findall(draft) if not self._made_of_phrases(run)]
        words += [char for char in draft if _is_sign(char) and char not in self._signs]
        return list(dict.fromkeys(words))

    def _holds(self, word: str) -> bool:
        """Whether it is one of the words; "mugs" is one where "mug" is."""
        return word in self._words or word.removesuffix("s") in self._words

    def _made_of_phrases(self, run: str) -> bool:
        """Whether a run of Chinese, in which no spaces stand, is a row of known phrases."""
        reached = {0}
        for end in range(1, len(run) + 1):
            starts = range(max(0, end - self._longest), end)
            if any(start in reached and run[start:end] in self._phrases for start in starts):
                reached.add(end)
        return len(run) in reached


def _is_sign(char: str) -> bool:
    """Whether a sign is a picture or one of money: a parcel says "delivered", ₹ how much."""
    return unicodedata.category(char) in ("So", "Sc", "Sm") and char not in _PLAIN_SIGNS
