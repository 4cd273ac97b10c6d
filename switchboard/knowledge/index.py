"""The port to an index of passages, and the weights of meaning and words in its scores.

A passage's score is 0.7 times the mean cosine of the question with the passage's three best keys
(its text, headline, topics, questions), plus 0.3 times its share of the question's words, weighted
by their rarity (BM25 in memory). Both parts are absolute, so one threshold (`bar`) decides whether
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
"""The bar if it cannot be measured because too few articles have questions."""


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` (about 0 to 1) ranks and decides; `cosine` is for explanation."""

    passage: Passage
    score: float
    cosine: float


class PassageIndex(Protocol):
    """Finds passages of one language."""

    bar: float
    """Lowest score with which a passage is offered as the answer."""

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best passages, best first; empty for an empty question."""
