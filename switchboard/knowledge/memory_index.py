"""Dense and lexical search over the passages of one language, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from switchboard.embedding.encoder import Encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.knowledge._bm25 import BM25
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import (
    BEST_KEYS,
    CANDIDATES,
    MAX_QUESTION,
    WORD_WEIGHT,
    Hit,
    PassageIndex,
    dense,
)
from switchboard.knowledge.terms import Rarity, passage_words, words
from switchboard.text.normal import plain_text

Floats = NDArray[Any]
Counts = NDArray[np.intp]


class MemoryIndex(PassageIndex):
    """Exact search in memory; 27 ms for 100,000 passages (`make bench`)."""

    def __init__(
        self,
        passages: Sequence[Passage],
        encoder: Encoder,
        vectors: Floats | None = None,
        previous: MemoryIndex | None = None,
    ) -> None:
        """`vectors` (keys x size) replaces embedding; unchanged keys are taken from `previous`."""
        self._passages = list(passages)
        self._encoder = encoder
        self._keys = [key for passage in self._passages for key in (*passage.keys, *passage.twin)]
        # The keys of passage i are those from _bounds[i] up to _bounds[i + 1], its twin's last,
        # from _middles[i].
        own = [len(passage.keys) for passage in self._passages]
        lengths = [len(passage.keys) + len(passage.twin) for passage in self._passages]
        self._bounds: Counts = np.cumsum([0, *lengths])
        self._middles: Counts = self._bounds[:-1] + np.array(own, np.intp)
        self._vectors = self._embed(previous) if vectors is None else vectors
        documents = [passage_words(passage) for passage in self._passages]
        self.rarity = Rarity(documents)
        self._bm25: BM25 | None = None
        if any(documents):
            self._bm25 = BM25(method="lucene")
            self._bm25.index(documents, show_progress=False)

    def _embed(self, previous: MemoryIndex | None) -> Floats:
        if previous is None:
            return encode_stored(self._encoder, self._keys)
        known = dict(zip(previous._keys, previous._vectors, strict=True))
        new = [key for key in dict.fromkeys(self._keys) if key not in known]
        known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([known[key] for key in self._keys])

    @override
    def search(self, question: str, limit: int = 3) -> list[Hit]:
        question = question[:MAX_QUESTION].strip()
        if not self._passages or not question:
            return []
        by_key = self._vectors @ self._encoder.vector(plain_text(question))
        score, cosine = self._score(by_key, words(question))
        best = np.argsort(-score, kind="stable")[:limit]
        return [Hit(self._passages[i], float(score[i]), float(cosine[i])) for i in best]

    def search_words(self, question: str, limit: int = 3) -> list[Passage]:
        """The best passages by BM25 alone, as a baseline for the evaluation."""
        scores = self._lexical(words(question))
        best = np.argsort(-scores, kind="stable")[:limit]
        return [self._passages[i] for i in best if scores[i] > 0]

    def _score(self, by_key: Floats, query: Sequence[str]) -> tuple[Floats, Floats]:
        """(scores, best cosines) of all passages, from the cosines of all keys."""
        cosine = np.maximum.reduceat(by_key, self._bounds[:-1])
        lexical = WORD_WEIGHT * self._lexical(query)
        rough = dense(1.0, None) * cosine + lexical
        score = np.full(len(rough), -1.0, np.float32)
        wanted = min(CANDIDATES, len(rough))
        near = np.argpartition(-rough, wanted - 1)[:wanted]
        first, middle, end = self._bounds[near], self._middles[near], self._bounds[near + 1]
        own, twin = _best(by_key, first, middle), _best(by_key, middle, end)
        both = dense(1.0, 0.0) * own + dense(0.0, 1.0) * twin
        score[near] = np.where(end > middle, both, dense(1.0, None) * own) + lexical[near]
        return score, cosine

    def _lexical(self, query: Sequence[str]) -> Floats:
        """BM25 as a share (0 to 1) of the maximum for the question's words."""
        total = self.rarity.total(query)
        if self._bm25 is None or total <= 0:
            return np.zeros(len(self._passages), np.float32)
        scores: Floats = np.asarray(self._bm25.get_scores(list(query)), np.float32) / total
        return scores


def _best(cosines: Floats, first: Counts, end: Counts) -> Floats:
    """The means of the best cosines from each `first` to its `end`; 0 where there are none.

    All at once: one by one they took as long as the rest of a search.
    """
    sizes = end - first
    steps = np.arange(max(int(sizes.max()), 1))
    inside = steps < sizes[:, None]
    found = cosines[np.where(inside, first[:, None] + steps, 0)]
    best = np.sort(np.where(inside, found, -np.inf), axis=1)[:, -BEST_KEYS:]
    total = np.where(np.isfinite(best), best, 0.0).sum(axis=1)
    means: Floats = total / np.clip(sizes, 1, BEST_KEYS)
    return means
