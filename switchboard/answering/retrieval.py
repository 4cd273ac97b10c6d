"""Which passages speak of a question: BM25 for the order, coverage for whether any does.

BM25 scores (bm25s, Lucene's variant) rank passages but mean nothing by themselves. Whether
anything fits at all is judged by coverage: the share of the question's information (inverse
document frequency) that the passage carries, between 0 and 1.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import bm25s
import snowballstemmer

from switchboard.answering.articles import Passage

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STOP = frozenset(
    ["a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by", "can", "could", "d", "did", "do", "does", "doing", "don", "for", "from", "get", "give", "go", "got", "had", "has", "have", "having", "he", "help", "her", "here", "hi", "hello", "how", "i", "if", "im", "in", "into", "is", "it", "its", "just", "know", "let", "like", "ll", "m", "make", "may", "me", "might", "mine", "more", "most", "my", "need", "no", "not", "of", "off", "on", "one", "only", "or", "our", "out", "over", "own", "please", "re", "s", "shall", "she", "should", "so", "some", "t", "tell", "than", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "too", "up", "us", "ve", "very", "want", "was", "we", "were", "what", "when", "where", "which", "while", "who", "why", "will", "with", "would", "yes", "you", "your", "yours", "whats", "hey", "shop", "something", "anything", "guys", "there"]
)
_MAX_QUERY = 2000


def words(text: str) -> list[str]:
    """Stemmed content words of a text, in order."""
    # A new stemmer each time: snowballstemmer's objects hold state and are not thread-safe.
    found = [word.split("'")[0] for word in _WORD.findall(text.lower().replace("’", "'"))]
    stemmed: list[str] = snowballstemmer.stemmer("english").stemWords(
        [word for word in found if word not in _STOP]
    )
    return stemmed


@dataclass(frozen=True)
class Hit:
    """A passage found. `coverage` is 0 to 1."""

    passage: Passage
    score: float
    coverage: float


class LexicalRetriever:
    """BM25 over titles, headings, topics and texts; titles and topics count thrice."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = list(passages)
        documents = [words(self._field(p)) for p in self._passages]
        self._vocabulary = [frozenset(document) for document in documents]
        frequency = Counter(word for document in self._vocabulary for word in document)
        size = max(len(documents), 1)
        self._idf = {word: math.log(1 + size / count) for word, count in frequency.items()}
        self._unknown_idf = math.log(1 + size)
        self._index: bm25s.BM25 | None = None
        if any(documents):
            self._index = bm25s.BM25(method="lucene")
            self._index.index(documents, show_progress=False)

    @staticmethod
    def _field(passage: Passage) -> str:
        head = f"{passage.title} {passage.heading} {' '.join(passage.topics)} "
        return head * 3 + passage.text

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best passages for a question, best first; empty when no word is shared."""
        query = words(question[:_MAX_QUERY])
        if self._index is None or not query:
            return []
        known = [word for word in query if word in self._idf]
        if not known:
            return []
        scores = self._index.get_scores(known)
        best = sorted(range(len(scores)), key=lambda i: -scores[i])[:limit]
        return [
            Hit(self._passages[i], float(scores[i]), self._coverage(query, i))
            for i in best
            if scores[i] > 0
        ]

    def _coverage(self, query: list[str], index: int) -> float:
        weights = {word: self._idf.get(word, self._unknown_idf) for word in query}
        found = sum(weight for word, weight in weights.items() if word in self._vocabulary[index])
        return found / sum(weights.values())
