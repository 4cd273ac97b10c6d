"""Finds products by name in both languages, tolerating typos and plurals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from switchboard.shop.catalogue import Catalogue
from switchboard.text.language import has_han
from switchboard.text.words import split_words

_SIMILAR = 84.0  # of 100; two letters off in a name of twelve
_MAX_WORDS = 60


@dataclass(frozen=True)
class FoundProduct:
    """A span of text that names a product."""

    start: int
    end: int
    sku: str


class ProductFinder:
    """Finds the catalogue's product names in messages."""

    def __init__(self, catalogue: Catalogue) -> None:
        names = [(name, entry.sku) for entry in catalogue.entries for name in entry.names.values()]
        chinese = {name: sku for name, sku in names if has_han(name)}
        self._latin = {_singular(name): sku for name, sku in names if not has_han(name)}
        self._by_length: dict[int, list[str]] = {}
        for name in self._latin:
            self._by_length.setdefault(len(name.split()), []).append(name)
        self._chinese = chinese
        alternatives = sorted(map(re.escape, chinese), key=len, reverse=True)
        self._pattern = re.compile("|".join(alternatives) or r"(?!)")

    def find(self, text: str) -> Iterator[FoundProduct]:
        """The products in a text, longest names first, without overlaps."""
        for match in self._pattern.finditer(text):
            yield FoundProduct(match.start(), match.end(), self._chinese[match[0]])
        words = [w for w in split_words(text)[:_MAX_WORDS] if not has_han(w.text)]
        taken: set[int] = set()
        for length in sorted(self._by_length, reverse=True):
            names = self._by_length[length]
            for first in range(len(words) - length + 1):
                window = range(first, first + length)
                if taken.intersection(window):
                    continue
                said = [words[i].text for i in window]
                sku = self._resolve(said, names)
                if sku is not None:
                    taken.update(window)
                    last = words[first + length - 1]
                    yield FoundProduct(words[first].start, last.start + len(last.text), sku)

    def _resolve(self, said: Sequence[str], names: list[str]) -> str | None:
        """The product that the words name; a single word is not matched fuzzily."""
        if any(not word[0].isalpha() for word in said):
            return None
        wanted = _singular(" ".join(said))
        if wanted in self._latin:
            return self._latin[wanted]
        best = process.extractOne(wanted, names, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
        return self._latin[best[0]] if best is not None and len(said) > 1 else None


def _singular(name: str) -> str:
    return " ".join(word.rstrip("s") for word in name.lower().split())
