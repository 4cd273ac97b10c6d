"""Searches the shop's articles in all languages; reloads them when a file changes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.knowledge.articles import Passage, read_article
from switchboard.knowledge.certainty import ENOUGH, Certainty
from switchboard.knowledge.index import Hit, PassageIndex
from switchboard.shop.policy import Policy
from switchboard.text.language import ENGLISH, SPOKEN

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Minimum seconds between checks of the files for changes."""

Stamp = tuple[tuple[str, int, int], ...]
MakeIndex = Callable[[str, list[Passage]], PassageIndex]


class Library:
    """Searches articles in the customer's language, then the others if nothing there fits.

    Questions in a third language are looked up in the English articles: the sentence vectors of all
    languages share one space.
    """

    def __init__(self, indexes: Mapping[str, PassageIndex], certainty: Certainty) -> None:
        self._indexes = dict(indexes)
        self.certainty = certainty

    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        """The best passages with how sure each is to answer the question, best first."""
        own = language if language in self._indexes else ENGLISH
        hits = self._search(own, question, limit)
        if hits and hits[0].sure >= ENOUGH:
            return hits
        others = [
            hit
            for code in self._indexes
            if code != own
            for hit in self._search(code, question, limit)
        ]
        best_own = max((hit.score for hit in hits), default=-1.0)
        return others if others and max(hit.score for hit in others) > best_own + 0.1 else hits

    def index(self, language: str) -> PassageIndex | None:
        """The index of a language."""
        return self._indexes.get(language)

    def _search(self, language: str, question: str, limit: int) -> list[Hit]:
        index = self._indexes.get(language)
        if index is None:
            return []
        # One more than wanted: how far the first is from the next is telling.
        hits = index.search(question, limit + 1)
        judged = self.certainty.judged(question, hits, index.rarity)
        return sorted(judged, key=lambda hit: -hit.sure)[:limit]


class LiveLibrary(Library):
    """A library of files that picks up changes within seconds, without a restart.

    A file that cannot be read is logged; its previous passages stay, and the other files are read.
    """

    def __init__(
        self, folder: Path, policy: Policy, make_index: MakeIndex, certainty: Certainty
    ) -> None:
        """Reads the articles below `folder`, which has a sub-folder for each language."""
        self._folder, self._policy, self._make_index = folder, policy, make_index
        self._passages: dict[str, list[Passage]] = {}
        self._by_file: dict[Path, list[Passage]] = {}
        self._stamp = self._read_stamp()
        self._checked_at = time.monotonic()
        self._reading = threading.Lock()
        super().__init__({}, certainty)
        self._read()

    @override
    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        due = time.monotonic() - self._checked_at > LOOK_SECONDS
        if due and not self._reading.locked():
            self._checked_at = time.monotonic()
            # In the background: this question is answered from the current passages.
            threading.Thread(target=self.refresh, daemon=True).start()
        return super().search(question, limit, language)

    def passages(self) -> list[Passage]:
        """All passages of all languages."""
        return [passage for found in self._passages.values() for passage in found]

    def find(self, passage_id: str, language: str) -> Passage | None:
        """A passage by its id, in this language or else any other."""
        for code in (language, *SPOKEN):
            for passage in self._passages.get(code, ()):
                if passage.id == passage_id:
                    return passage
        return None

    def refresh(self) -> None:
        """Reload changed files; searches continue meanwhile.

        Waits for a reload in progress, which may have started before the last change.
        """
        with self._reading:
            self._checked_at = time.monotonic()
            try:
                stamp = self._read_stamp()
                if stamp != self._stamp:
                    self._stamp = stamp
                    self._read()
            except Exception as error:  # a failed index leaves the old one in place
                logger.error("articles not indexed again: %s", place_of(error))

    def _read(self) -> None:
        folders = {code: self._folder / code for code in SPOKEN}
        passages = {
            code: [p for path in sorted(folder.glob("*.md")) for p in self._article(path, code)]
            for code, folder in folders.items()
            if folder.is_dir()
        }
        passages = _with_twins(passages)
        changed = {c: found for c, found in passages.items() if found != self._passages.get(c)}
        indexes = {code: self._make_index(code, found) for code, found in changed.items()}
        # Replaced as a whole: another thread may be searching.
        self._indexes = {c: i for c, i in self._indexes.items() if c in passages} | indexes
        self._passages = passages

    def _article(self, path: Path, language: str) -> list[Passage]:
        """The passages of a file; its last valid ones if it cannot be read."""
        try:
            self._by_file[path] = read_article(path, self._policy, language)
        except ConfigurationError as error:
            logger.error("article not read: %s", error)
        return self._by_file.get(path, [])

    def _read_stamp(self) -> Stamp:
        stats = ((path, path.stat()) for path in sorted(self._folder.glob("*/*.md")))
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def _with_twins(passages: Mapping[str, list[Passage]]) -> dict[str, list[Passage]]:
    """The passages with the keys of the same ones in the other languages."""
    keys = {
        code: {passage.id: passage.keys for passage in found} for code, found in passages.items()
    }
    return {
        code: [
            replace(
                passage,
                twin=tuple(
                    key
                    for other in keys
                    if other != code
                    for key in keys[other].get(passage.id, ())
                ),
            )
            for passage in found
        ]
        for code, found in passages.items()
    }
