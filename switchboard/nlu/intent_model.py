"""What is learned about intents: a linear margin for each, and signs of what is none of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from switchboard.nlu.linear import fit_margins
from switchboard.nlu.nearest import NearestExamples
from switchboard.nlu.text_features import TextFeatures

_TEXT_WEIGHT = 1.4  # of TF-IDF beside the sentence vector; by the authors left out
_UNSEEN = -2.0  # the margin of an intent that no example of a fold's training had
OPEN_EXAMPLES = "open_question"
"""The intent of the examples that show what is none of the known intents."""


@dataclass(frozen=True)
class TextRows:
    """Texts as a model sees them, a row for each."""

    features: TextFeatures
    words: sp.csr_matrix
    vectors: NDArray[Any]

    @classmethod
    def of(cls, texts: list[str], vectors: NDArray[Any]) -> TextRows:
        """Normalised texts, with the vocabulary that is in them."""
        features = TextFeatures().fit(texts)
        return cls(features, features.transform(texts), vectors)

    def chosen(self, rows: NDArray[Any]) -> TextRows:
        """Some of them; the vocabulary stays."""
        return TextRows(self.features, self.words[rows], self.vectors[rows])


@dataclass(frozen=True)
class Signs:
    """What the model sees in some texts."""

    margins: NDArray[Any]
    """(texts x classes): how far on an intent's side of its border each lies."""
    openness: NDArray[Any]
    """(texts x 3): the margin of open questions against everything known; the cosines to the
    nearest known example and to the nearest open one."""


class IntentModel:
    """A linear support vector machine, one intent against the rest, over sentence vectors and
    TF-IDF; with a second one for open questions against all others, and the nearest examples.

    On the wording of authors left out, its first choice is 3 points better than that of logistic
    regression. Margins are no probabilities: `IntentCalibration` makes them so.
    """

    def __init__(
        self,
        features: TextFeatures,
        classes: list[str],
        weights: NDArray[Any],
        bias: NDArray[Any],
        nearest: NearestExamples,
    ) -> None:
        self.classes = classes
        self._features, self._weights, self._bias = features, weights, bias
        self._nearest = nearest
        size = weights.shape[1] - features.width
        self._dense_weights = np.ascontiguousarray(weights[:, :size].T)
        self._text_weights = np.ascontiguousarray(weights[:, size:].T) * _TEXT_WEIGHT

    @classmethod
    def fit(cls, rows: TextRows, labels: Sequence[str], c: float) -> IntentModel:
        """Train on texts and their labels; `c` is the inverse regularisation."""
        matrix = sp.hstack([rows.vectors, rows.words * _TEXT_WEIGHT], format="csr")
        model = fit_margins(matrix, labels, c)
        is_open = np.array(labels, dtype=object) == OPEN_EXAMPLES
        weights, bias = np.zeros((1, matrix.shape[1])), np.zeros(1)
        if is_open.any():  # a shop may show no open questions
            opened = fit_margins(matrix, is_open, c)
            weights, bias = opened.coef_, opened.intercept_
        return cls(
            rows.features,
            [str(name) for name in model.classes_],
            np.vstack([model.coef_, weights]).astype(np.float32),
            np.concatenate([model.intercept_, bias]).astype(np.float32),
            NearestExamples.fit(rows.vectors, is_open),
        )

    def read(self, texts: list[str], vectors: NDArray[Any]) -> Signs:
        """The signs of normalised texts with their vectors."""
        return self._read(self._features.transform(texts), vectors)

    def _read(self, words: sp.csr_matrix, vectors: NDArray[Any]) -> Signs:
        found = vectors @ self._dense_weights + words @ self._text_weights + self._bias
        return Signs(found[:, :-1], np.hstack([found[:, -1:], self._nearest.cosines(vectors)]))

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        self._features.save(folder, "features")
        self._nearest.save(folder / "nearest.npz")
        np.savez(folder / "model.npz", weights=self._weights, bias=self._bias)
        (folder / "classes.json").write_text(json.dumps(self.classes), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote."""
        stored = np.load(folder / "model.npz")
        classes = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
        features = TextFeatures.load(folder, "features")
        nearest = NearestExamples.load(folder / "nearest.npz")
        return cls(features, classes, stored["weights"], stored["bias"], nearest)

    @classmethod
    def cross_validate(
        cls,
        rows: TextRows,
        labels: Sequence[str],
        folds: Iterable[tuple[NDArray[Any], NDArray[Any]]],
        c: float,
    ) -> tuple[list[str], Signs]:
        """The classes, and what models that did not see a text see in it."""
        classes = sorted(set(labels))
        margins = np.full((len(labels), len(classes)), _UNSEEN, np.float32)
        openness = np.zeros((len(labels), 3), np.float32)
        for train, test in folds:
            model = cls.fit(rows.chosen(train), [labels[i] for i in train], c)
            signs = model._read(rows.words[test], rows.vectors[test])
            columns = np.array([classes.index(name) for name in model.classes])
            margins[np.ix_(test, columns)] = signs.margins
            openness[test] = signs.openness
        return classes, Signs(margins, openness)
