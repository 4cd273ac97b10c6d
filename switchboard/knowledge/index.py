"""The port to an index of passages, and how meaning and words are weighed in each of them.

A passage's score is 0.7 of the mean cosine of the question with the three texts that stand for the
passage best (its text, headline, topics, questions), and 0.3 of its share of the question's words,
weighed by their rarity (BM25 in memory). Both parts are absolute, so that one bar tells whether
anything fits. The weights were measured with the shop's own questions left out one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from switchboard.knowledge.articles import Passage

DENSE_WEIGHT = 0.7
BEST_KEYS = 3
CANDIDATES = 50
MAX_QUESTION = 2000
DEFAULT_BAR = 0.42
"""Where it is not measured: too few articles have questions."""


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` (about 0 to 1) orders and decides, `cosine` explains."""

    passage: Passage
    score: float
    cosine: float


class PassageIndex(Protocol):
    """Finds passages of one language."""

    bar: float
    """From this score on, a passage is offered as the answer."""

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best passages, best first; empty for an empty question."""
