"""The shop's articles in both languages behind one search."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from switchboard.answering.articles import read_articles
from switchboard.answering.retrieval import Hit, HybridRetriever
from switchboard.embedding.encoder import default_encoder
from switchboard.policy import Policy
from switchboard.reading.language import ENGLISH, SPOKEN

MIN_OWN_COSINE = 0.45
"""Below this the articles of the other language are asked too."""


class Library:
    """Searches the articles in the customer's language, and the others where those know nothing.

    Questions in a third language are looked up in the English articles: the sentence vectors of
    all languages share one space.
    """

    def __init__(self, retrievers: Mapping[str, HybridRetriever]) -> None:
        self._retrievers = dict(retrievers)

    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        """The best passages, best first."""
        own = language if language in self._retrievers else ENGLISH
        hits = self._retrievers[own].search(question, limit) if own in self._retrievers else []
        if hits and hits[0].cosine >= MIN_OWN_COSINE:
            return hits
        others = [
            hit
            for code, retriever in self._retrievers.items()
            if code != own
            for hit in retriever.search(question, limit)
        ]
        best_own = hits[0].cosine if hits else -1.0
        return others if others and others[0].cosine > best_own + 0.1 else hits


def open_retriever(data_dir: Path, policy: Policy) -> Library:
    """The articles below `data_dir/articles`, a folder for each language.

    Raises:
        ConfigurationError: an article cannot be used.
    """
    encoder = default_encoder()
    return Library(
        {
            code: HybridRetriever(read_articles(folder, policy, code), encoder)
            for code in SPOKEN
            if (folder := data_dir / "articles" / code).is_dir()
        }
    )
