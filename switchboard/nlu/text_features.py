"""TF-IDF of words and of character n-grams, for classifiers that train on a few hundred examples.

A fitted featurizer is plain arrays and JSON, so that a model archive holds no pickles.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import regex
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from switchboard.text.words import split_words

_MARK = regex.compile(r"[!?]{2}|…")


def word_terms(text: str) -> list[str]:
    """The words of a normalised text, pairs of neighbours, and marks that speak of mood."""
    words = [word.text for word in split_words(text)]
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
    return [*words, *pairs, *_MARK.findall(text)]


class TextFeatures:
    """Rows of unit length: word 1-2-grams beside character 2-5-grams, `char_weight` to 1."""

    def __init__(self, char_weight: float = 0.9, max_features: int = 40000) -> None:
        self._char_weight = char_weight
        self._words = TfidfVectorizer(
            analyzer=word_terms,
            sublinear_tf=True,
            max_features=max_features,
            dtype=np.float32,
        )
        self._chars = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 5),
            sublinear_tf=True,
            max_features=max_features,
            dtype=np.float32,
        )

    def fit(self, texts: list[str]) -> TextFeatures:
        """Learn vocabulary and document frequencies from normalised texts."""
        self._words.fit(texts)
        self._chars.fit(texts)
        self._prepare()
        return self

    def _prepare(self) -> None:
        self._parts = [
            (
                vectorizer.build_analyzer(),
                vectorizer.vocabulary_,
                vectorizer.idf_.astype(np.float32),
                weight,
            )
            for vectorizer, weight in ((self._words, 1.0), (self._chars, self._char_weight))
        ]
        self.word_count = len(self._words.vocabulary_)
        self.width = self.word_count + len(self._chars.vocabulary_)

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """Normalised texts to (texts x features), float32, rows of length 1 (or 0).

        The same numbers as scikit-learn's own `transform`, without its checks, which take most
        of the time for a single message.
        """
        rows = [self._row(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return sp.csr_matrix((values, columns, ends), shape=(len(texts), self.width))

    def _row(self, text: str) -> tuple[NDArray[Any], NDArray[Any]]:
        all_columns, all_values, offset = [], [], 0
        for analyze, vocabulary, idf, weight in self._parts:
            counts = Counter(vocabulary.get(term, -1) for term in analyze(text))
            counts.pop(-1, None)
            columns = np.fromiter(counts, np.int64, len(counts))
            values = np.fromiter(counts.values(), np.float32, len(counts))
            values = (1.0 + np.log(values)) * idf[columns] if len(columns) else values
            length = float(np.linalg.norm(values))
            all_columns.append(columns + offset)
            all_values.append(values * (weight / length if length else 0.0))
            offset += len(vocabulary)
        joined = np.concatenate(all_values).astype(np.float32)
        length = float(np.linalg.norm(joined))
        return np.concatenate(all_columns), joined / length if length else joined

    @cached_property
    def names(self) -> list[str]:
        """The words and n-grams behind the columns."""
        return [*self._words.get_feature_names_out(), *self._chars.get_feature_names_out()]

    def save(self, folder: Path, name: str) -> None:
        """Write `<name>.json` and `<name>.npz`."""
        vocabulary = {
            part: {term: int(index) for term, index in vectorizer.vocabulary_.items()}
            for part, vectorizer in (("words", self._words), ("chars", self._chars))
        }
        meta: dict[str, Any] = {"char_weight": self._char_weight, "vocabulary": vocabulary}
        (folder / f"{name}.json").write_text(json.dumps(meta), encoding="utf-8")
        np.savez(folder / f"{name}.npz", words=self._words.idf_, chars=self._chars.idf_)

    @classmethod
    def load(cls, folder: Path, name: str) -> TextFeatures:
        """Read what `save` wrote."""
        meta = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        weights = np.load(folder / f"{name}.npz")
        features = cls(meta["char_weight"])
        for part, vectorizer in (("words", features._words), ("chars", features._chars)):
            vectorizer.vocabulary_ = meta["vocabulary"][part]
            vectorizer.idf_ = weights[part]
        features._prepare()
        return features
