"""What is learned about intents: a linear model, and the examples to compare with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from switchboard.nlu.linear import fit_linear
from switchboard.nlu.text_features import TextFeatures

_TEXT_WEIGHT = 0.7  # of TF-IDF beside the sentence vector; measured, little depends on it


class IntentModel:
    """Logistic regression over sentence vectors and TF-IDF.

    The score of a class says how well a text is known: the cosine to the nearest example of the
    class, times the fourth root of the class's own sigmoid. Text that resembles nothing in the
    training data scores low even where one class is far more probable than the others.
    """

    def __init__(
        self,
        features: TextFeatures,
        classes: list[str],
        weights: NDArray[Any],
        bias: NDArray[Any],
        examples: NDArray[Any],
        labels: NDArray[Any],
    ) -> None:
        self.classes = classes
        self._features, self._weights, self._bias = features, weights, bias
        # Examples of one class lie together, so that the nearest of each is one reduction.
        order = np.argsort(labels, kind="stable")
        self._examples, self._labels = examples[order], labels[order]
        self._starts = np.searchsorted(self._labels, np.arange(len(classes)))
        size = examples.shape[1]
        self._dense_weights = np.ascontiguousarray(weights[:, :size].T)
        self._text_weights = np.ascontiguousarray(weights[:, size:].T) * _TEXT_WEIGHT

    @classmethod
    def fit(
        cls, texts: list[str], vectors: NDArray[Any], labels: list[str], c: float
    ) -> IntentModel:
        """Train on normalised texts and their vectors; `c` is the inverse regularisation."""
        features = TextFeatures().fit(texts)
        rows = sp.hstack([vectors, features.transform(texts) * _TEXT_WEIGHT], format="csr")
        model = fit_linear(rows, labels, c)
        return cls(
            features,
            [str(name) for name in model.classes_],
            model.coef_.astype(np.float32),
            model.intercept_.astype(np.float32),
            vectors.astype(np.float32),
            np.searchsorted(model.classes_, labels),
        )

    def predict(self, texts: list[str], vectors: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Probabilities and scores, both (texts x classes)."""
        margin = (
            vectors @ self._dense_weights
            + self._features.transform(texts) @ self._text_weights
            + self._bias
        )
        sigmoid = 1.0 / (1.0 + np.exp(-margin))
        probability = sigmoid / sigmoid.sum(axis=1, keepdims=True)
        cosine = vectors @ self._examples.T
        nearest = np.maximum(np.maximum.reduceat(cosine, self._starts, axis=1), 0.0)
        return probability, nearest * sigmoid**0.25

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        self._features.save(folder, "features")
        np.savez(
            folder / "model.npz",
            weights=self._weights,
            bias=self._bias,
            examples=self._examples.astype(np.float16),
            labels=self._labels,
        )
        (folder / "classes.json").write_text(json.dumps(self.classes), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote."""
        z = np.load(folder / "model.npz")
        return cls(
            TextFeatures.load(folder, "features"),
            json.loads((folder / "classes.json").read_text(encoding="utf-8")),
            z["weights"],
            z["bias"],
            z["examples"].astype(np.float32),
            z["labels"],
        )


@dataclass(frozen=True)
class Verdicts:
    """What models said of examples that they had not seen, a row for each."""

    names: NDArray[Any]
    """The winning class."""
    right: NDArray[Any]
    score: NDArray[Any]
    """The winner's score, and `margin` its probability's lead over the second."""
    margin: NDArray[Any]

    def bar(self, chosen: NDArray[Any], share: float) -> float:
        """The score that this share of the chosen rows stays below."""
        return float(np.quantile(self.score[chosen], share))


def cross_validate(
    texts: Sequence[str],
    vectors: NDArray[Any],
    labels: Sequence[str],
    languages: Sequence[str],
    c: float,
) -> Verdicts:
    """Five folds, each with its share of every class in every language."""
    known = np.array(labels, dtype=object)
    names, scores, margins = np.empty(len(texts), object), *np.zeros((2, len(texts)))
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)
    strata = [f"{label} {language}" for label, language in zip(labels, languages, strict=True)]
    for train, test in folds.split(texts, strata):
        model = IntentModel.fit(
            [texts[i] for i in train], vectors[train], [labels[i] for i in train], c
        )
        probability, score = model.predict([texts[i] for i in test], vectors[test])
        order = np.argsort(-probability, axis=1)
        row = np.arange(len(test))
        names[test] = [model.classes[i] for i in order[:, 0]]
        scores[test] = score[row, order[:, 0]]
        margins[test] = probability[row, order[:, 0]] - probability[row, order[:, 1]]
    return Verdicts(names, names == known, scores, margins)
