"""What an intent's margins are worth: a probability for each, and whether it is any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from switchboard.nlu.folds import bars_by_language
from switchboard.nlu.intent_model import OPEN_EXAMPLES, Signs


@dataclass(frozen=True)
class IntentCalibration:
    """Learned in cross-validation, from what models see in texts whose authors they do not know."""

    slope: float = 4.0
    """Of the softmax over the margins of the known intents."""
    knownness: tuple[float, ...] = (4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0)
    """Logistic weights of the columns of `_columns`, and the bias."""
    bars: dict[str, float] = field(default_factory=dict)
    """By language, the probability of being known that most known texts reach."""
    close: float = 0.0
    """The lead of the best intent over the second that most known texts have."""

    @classmethod
    def fit(
        cls,
        classes: Sequence[str],
        signs: Signs,
        labels: NDArray[Any],
        languages: NDArray[Any],
        counted: NDArray[Any],
        false_rejection: float,
        unclear: float,
    ) -> IntentCalibration:
        """From the signs of texts and their labels.

        Only `counted` rows of known intents set the bars, which `false_rejection` of them stay
        below; `unclear` of them have a smaller lead than `close`.
        """
        is_open = labels == OPEN_EXAMPLES
        found = cls(_slope(classes, signs.margins[~is_open], labels[~is_open]))
        if is_open.any():  # a shop may show no open questions
            model = LogisticRegression(C=100.0, class_weight="balanced", max_iter=1000)
            model.fit(_columns(classes, signs), ~is_open)
            weights = (*map(float, model.coef_[0]), float(model.intercept_[0]))
            found = replace(found, knownness=weights)
        known, score = counted & ~is_open, found.known(classes, signs)
        bars = bars_by_language(score[known], languages[known], false_rejection)
        ordered = np.sort(found.probabilities(classes, signs.margins[known])[1], axis=1)
        close = float(np.quantile(ordered[:, -1] - ordered[:, -2], unclear))
        return replace(found, bars=bars, close=close)

    def probabilities(
        self, classes: Sequence[str], margins: NDArray[Any]
    ) -> tuple[list[str], NDArray[Any]]:
        """The known intents, and for each text their probabilities if it is one of them."""
        columns = _known(classes)
        scaled = self.slope * margins[:, columns]
        shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return [classes[i] for i in columns], shares / shares.sum(axis=1, keepdims=True)

    def known(self, classes: Sequence[str], signs: Signs) -> NDArray[Any]:
        """For each text, the probability that it is any of the known intents, (texts,)."""
        *weights, bias = self.knownness
        logit = _columns(classes, signs) @ np.array(weights) + bias
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it; `IntentCalibration(**stored)` reads it."""
        return asdict(self)


def _known(classes: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(classes) if name != OPEN_EXAMPLES]


def _columns(classes: Sequence[str], signs: Signs) -> NDArray[Any]:
    """(texts x 6): the best margin of a known intent, the second, that of the open examples among
    the intents; then the three signs of openness."""
    known = np.sort(signs.margins[:, _known(classes)], axis=1)
    best, second = known[:, -1:], known[:, -2:-1] if known.shape[1] > 1 else known[:, -1:]
    opened = signs.margins[:, [i for i, name in enumerate(classes) if name == OPEN_EXAMPLES]]
    if not opened.shape[1]:
        opened = np.zeros_like(best)
    return np.hstack([best, second, opened, signs.openness])


def _slope(classes: Sequence[str], margins: NDArray[Any], labels: NDArray[Any]) -> float:
    """The slope under which the right intents are most likely."""
    columns = _known(classes)
    place = {classes[column]: i for i, column in enumerate(columns)}
    right = np.array([place[name] for name in labels])
    kept = margins[:, columns]

    def surprise(slope: float) -> float:
        scaled = slope * kept
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float(np.mean(total - scaled[np.arange(len(right)), right]))

    return float(minimize_scalar(surprise, bounds=(0.5, 20.0), method="bounded").x)
