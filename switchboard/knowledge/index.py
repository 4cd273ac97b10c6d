"""The port to an index of passages, and the weights of meaning and words in its scores.

A passage's score is the weighted sum of three parts, all absolute: the mean cosine of the question
with the passage's three best keys (its text, headline, topics, questions); the same with the keys
of its twin in the shop's other language, since all languages share one space; and its share of the
question's words, weighted by their rarity (BM25 in memory). The weights were measured on questions
of our own (`make evaluate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.terms import Rarity

OWN_WEIGHT, TWIN_WEIGHT, WORD_WEIGHT = 0.45, 0.25, 0.3
"""Of the three parts; without a twin, the passage's own keys have its weight too."""
BEST_KEYS = 3
CANDIDATES = 50
MAX_QUESTION = 2000


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` (about 0 to 1) ranks; `cosine` is that of its best key.

    `sure` is the probability that it answers the question (`switchboard/knowledge/certainty.py`).
    """

    passage: Passage
    score: float
    cosine: float
    sure: float = 0.0


class PassageIndex(Protocol):
    """Finds passages of one language."""

    rarity: Rarity
    """Of the words of its passages."""

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best passages, best first; empty for an empty question."""


def dense(own: float, twin: float | None) -> float:
    """The part of a score that is about meaning."""
    if twin is None:
        return (OWN_WEIGHT + TWIN_WEIGHT) * own
    return OWN_WEIGHT * own + TWIN_WEIGHT * twin
