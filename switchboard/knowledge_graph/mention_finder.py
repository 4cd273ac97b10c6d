"""Finds words of a list in a text by look-ups: as quick for ten thousand names as for ten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from switchboard.text.language import HAN, has_han

MAX_WORDS = 120
"""Words of a text that are looked at."""
_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(rf"[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")


@dataclass(frozen=True)
class Mention:
    """A span of a text that names a node of the graph; None where it looks like one and is none."""

    start: int
    end: int
    node: str | None


class MentionFinder:
    """Finds the longest listed words; an English plural is its singular."""

    def __init__(self, words: Iterable[tuple[str, str]], ignored: Iterable[str] = ()) -> None:
        self._nodes: dict[str, str | None] = dict.fromkeys(map(singular, ignored))
        for word, node in words:
            self._nodes.setdefault(singular(word), node)
        latin = [key for key in self._nodes if not has_han(key)]
        self._most_words = max((key.count(" ") + 1 for key in latin), default=0)
        self._firsts = {key.partition(" ")[0] for key in latin}
        self._most_han = max((len(key) for key in self._nodes if has_han(key)), default=0)

    def find(self, text: str) -> list[Mention]:
        """The mentions in a text, in its order, without overlaps."""
        found = [m for m in (*self._han(text), *self._latin(text)) if m.node is not None]
        return sorted(found, key=lambda mention: mention.start)

    def _latin(self, text: str) -> Iterator[Mention]:
        words = list(islice(_WORD.finditer(text), MAX_WORDS))
        said = [singular(word[0]) for word in words]
        at = 0
        while at < len(words):
            longest = min(self._most_words, len(words) - at) if said[at] in self._firsts else 0
            for length in range(longest, 0, -1):
                name = " ".join(said[at : at + length])
                if name in self._nodes:
                    end = words[at + length - 1].end()
                    yield Mention(words[at].start(), end, self._nodes[name])
                    at += length - 1
                    break
            at += 1

    def _han(self, text: str) -> Iterator[Mention]:
        for run in _RUN.finditer(text):
            at, end = run.span()
            while at < end:
                for upto in range(min(at + self._most_han, end), at, -1):
                    if text[at:upto] in self._nodes:
                        yield Mention(at, upto, self._nodes[text[at:upto]])
                        at = upto - 1
                        break
                at += 1


def singular(name: str) -> str:
    """A name in small letters, its words without a plural's or an owner's ending."""
    words = name.lower().replace("’", "'").replace("-", " ").split()
    return " ".join(word.removesuffix("'s").rstrip("s'") or word for word in words)
