"""Which passages speak of a question: by meaning and by words, and whether any does at all.

The order comes from the cosine of sentence vectors with a little BM25 (bm25s, Lucene's variant)
for rare words; equal weights are worse. Whether anything fits is told by the cosine alone, as
BM25 scores mean nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from switchboard.answering._bm25 import BM25
from switchboard.answering.articles import Passage
from switchboard.embedding.encoder import Encoder
from switchboard.reading.normal import plain_text
from switchboard.reading.words import split_words

DENSE_WEIGHT = 0.8
_MAX_QUERY = 2000
_STOP = frozenset(
    """a about am an and any are as at be been but by can could did do does for from get had has
    have how i if in into is it its just me my no not of on or our so some than that the their them
    there these they this to us was we were what when where which who why will with would you your
    的 了 吗 呢 啊 吧 我 你 您 你们 我们 是 在 有 和 也 都 就 要 想 能 可以 会 请问 请 一下
    这个 那个 什么 怎么
    """.split()
)


def words(text: str) -> list[str]:
    """Stemmed content words of a text, in order."""
    split = (word.text for word in split_words(plain_text(text).lower()))
    found = [word for word in split if word not in _STOP]
    # A new stemmer each time: its objects hold state and are not thread-safe.
    stemmed: list[str] = snowballstemmer.stemmer("english").stemWords(found)
    return stemmed


@dataclass(frozen=True)
class Hit:
    """A passage found; `score` orders, `cosine` (-1 to 1) tells whether it fits."""

    passage: Passage
    score: float
    cosine: float


class HybridRetriever:
    """Dense and lexical search over a few thousand passages in memory."""

    def __init__(self, passages: Sequence[Passage], encoder: Encoder) -> None:
        self._passages = list(passages)
        self._encoder = encoder
        # A passage is found by what it says, by its headline, or by a topic's own words.
        self._keys: list[int] = []
        texts: list[str] = []
        for index, passage in enumerate(self._passages):
            head = f"{passage.title}. {passage.heading}"
            for text in (f"{head}. {passage.text}", head, *passage.topics):
                self._keys.append(index)
                texts.append(text)
        self._vectors = encoder.encode_stored(texts)
        documents = [
            words(f"{p.title} {p.heading} {' '.join(p.topics)} {p.text}") for p in self._passages
        ]
        self._index: BM25 | None = None
        if documents:
            self._index = BM25(method="lucene")
            self._index.index(documents, show_progress=False)

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best passages for a question, best first; empty for an empty question."""
        question = question[:_MAX_QUERY].strip()
        if self._index is None or not question:
            return []
        by_key = self._vectors @ self._encoder.encode([plain_text(question)])[0]
        cosine = np.full(len(self._passages), -1.0, np.float32)
        np.maximum.at(cosine, self._keys, by_key)
        score = DENSE_WEIGHT * cosine + (1 - DENSE_WEIGHT) * self._lexical(question)
        best = np.argsort(-score)[:limit]
        return [Hit(self._passages[i], float(score[i]), float(cosine[i])) for i in best]

    def _lexical(self, question: str) -> NDArray[Any]:
        """BM25, scaled so that the best passage has 1."""
        scores = np.zeros(len(self._passages), np.float32)
        query = words(question)
        if self._index is not None and query:
            scores = np.asarray(self._index.get_scores(query), np.float32)
        top = float(scores.max(initial=0.0))
        return scores / top if top > 0 else scores
