"""How a message is said: its valence (negative, neutral, positive), and apart from that its anger.

Linear models over the sentence vector, text features and tone. A stated problem ("my parcel has not
arrived") is negative and no anger; reproach, sarcasm, insults and threats are anger; displeasure is
anger or its beginnings ("that did not help"). Each model's margin becomes a probability by Platt
scaling on margins from cross-validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from switchboard.nlu.linear import fit_linear
from switchboard.nlu.text_features import TextFeatures
from switchboard.text.normal import normal_text

TONES = 8
TONED = 500
_PICTURES = 20
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_REPEATED = re.compile(r"([^\w\s])\1{3,}")
_MARKS = str.maketrans("！？", "!?")


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def tone(text: str) -> list[float]:
    """VADER's four scores, then capitals, exclamation and question marks, each 0 to 1."""
    text = _REPEATED.sub(r"\1\1\1", text[:TONED].translate(_MARKS))
    pictures = islice((at.start() for at in _PICTURE.finditer(text)), _PICTURES, None)
    text = text[: next(pictures, len(text))]  # VADER is slow to look each one up
    scores = _vader().polarity_scores(text)
    letters = [char for char in text if char.isalpha()]
    capitals = sum(map(str.isupper, letters)) / len(letters) if len(letters) > 8 else 0.0
    return [
        scores["compound"],
        scores["neg"],
        scores["pos"],
        scores["neu"],
        capitals,
        min(text.count("!"), 4) / 4,
        min(text.count("?"), 4) / 4,
        1.0 if re.search(r"[!?]{2}", text) else 0.0,
    ]


ANGRY, DISPLEASED, PROBLEM, CALM, NEUTRAL, POSITIVE = MOODS = (
    "angry",
    "displeased",
    "problem",
    "calm",
    "neutral",
    "positive",
)
"""The labels of training examples. `calm` says only that there is no anger."""
VALENCES = ("negative", "neutral", "positive")
_VALENCE = {
    ANGRY: "negative",
    DISPLEASED: "negative",
    PROBLEM: "negative",
    NEUTRAL: "neutral",
    POSITIVE: "positive",
}
VALENCE_C, ANGER_C = 0.1, 3.0
"""Inverse strengths of regularisation: what is negative has to carry over to other words than ours,
so that it is held back most."""
_TEXT_WEIGHT = 1.0
_TONE_WEIGHT = 0.5
_FEWEST = 10  # examples on either side that a head can be trained on
_NEVER = -20.0


def mood_label(message: Message) -> str | None:
    """The mood in a training example's own metadata or its intent's."""
    metadata = message.get("metadata") or {}
    for place in ("example", "intent"):
        mood = (metadata.get(place) or {}).get("mood")
        if mood:
            return str(mood)
    return None


@dataclass(frozen=True)
class Head:
    """One linear decision: weights (columns), bias, and the scale of its probability."""

    weights: NDArray[Any]
    bias: float
    slope: float = 1.0
    offset: float = 0.0

    def probability(self, rows: sp.csr_matrix) -> NDArray[Any]:
        """For each row, that the head's class is the right one."""
        margin = np.asarray(rows @ self.weights).ravel() + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * margin + self.offset))))


def fit_head(rows: sp.csr_matrix, positive: NDArray[Any], c: float) -> Head:
    """Train one head and scale it by what five folds say of examples that they did not see."""
    if min(positive.sum(), (~positive).sum()) < _FEWEST:
        return Head(np.zeros(rows.shape[1], np.float32), _NEVER)
    margins = np.zeros(len(positive))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=7).split(rows, positive):
        margins[test] = fit_linear(rows[train], positive[train], c).decision_function(rows[test])
    scale = LogisticRegression(C=1e6).fit(margins[:, None], positive)
    model = fit_linear(rows, positive, c)
    return Head(
        model.coef_[0].astype(np.float32),
        float(model.intercept_[0]),
        float(scale.coef_[0][0]),
        float(scale.intercept_[0]),
    )


class MoodModel:
    """The trained part, usable without Rasa. `heads` are the three valences, anger, displeasure."""

    def __init__(self, features: TextFeatures, heads: Sequence[Head]) -> None:
        self.features, self.heads = features, list(heads)

    @classmethod
    def fit(cls, texts: Sequence[str], vectors: NDArray[Any], moods: Sequence[str]) -> MoodModel:
        """Train on messages as customers wrote them.

        A mood of which there are hardly any examples is never found.

        Raises:
            ValueError: a label is unknown.
        """
        labels = np.array(moods, dtype=object)
        unknown = set(moods) - set(MOODS)
        if unknown:
            raise ValueError(f"moods are {MOODS}, not {unknown}")
        features = TextFeatures().fit([normal_text(text) for text in texts])
        rows = cls._rows(features, texts, vectors)
        heads = []
        says = np.flatnonzero(labels != CALM)
        valence = np.array([_VALENCE[labels[i]] for i in says])
        for name in VALENCES:
            heads.append(fit_head(rows[says], valence == name, VALENCE_C))
        # Mildly unhappy is neither: it may fall on both sides.
        clear = np.flatnonzero(labels != DISPLEASED)
        heads.append(fit_head(rows[clear], labels[clear] == ANGRY, ANGER_C))
        heads.append(fit_head(rows, np.isin(labels, (ANGRY, DISPLEASED)), ANGER_C))
        return cls(features, heads)

    @staticmethod
    def _rows(features: TextFeatures, texts: Sequence[str], vectors: NDArray[Any]) -> sp.csr_matrix:
        words = features.transform([normal_text(text) for text in texts]) * _TEXT_WEIGHT
        tones = np.array([tone(text) for text in texts], dtype=np.float32) * _TONE_WEIGHT
        return sp.hstack([words, vectors, tones.reshape(len(texts), TONES)], format="csr")

    def predict(self, texts: Sequence[str], vectors: NDArray[Any]) -> NDArray[Any]:
        """(texts x 5): negative, neutral and positive, which add up to 1; anger; displeasure."""
        rows = self._rows(self.features, texts, vectors)
        found = np.stack([head.probability(rows) for head in self.heads], axis=1)
        found[:, :3] /= np.maximum(found[:, :3].sum(axis=1, keepdims=True), 1e-9)
        return np.asarray(found)

    def telling_words(self, text: str) -> str:
        """The word or pair of words that spoke loudest for displeasure; may be empty."""
        count = self.features.word_count
        row = self.features.transform([normal_text(text)])[:, :count]
        contribution = row.multiply(self.heads[4].weights[:count]).tocoo()
        for index in np.argsort(-contribution.data):
            words = str(self.features.names[contribution.col[index]])
            if contribution.data[index] > 0 and not set(words.split()) <= ENGLISH_STOP_WORDS:
                return words
        return ""

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        self.features.save(folder, "features")
        np.save(folder / "weights.npy", np.stack([head.weights for head in self.heads]))
        scales = [[head.bias, head.slope, head.offset] for head in self.heads]
        (folder / "scales.json").write_text(json.dumps(scales), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> MoodModel:
        """Read what `save` wrote."""
        weights = np.load(folder / "weights.npy")
        scales = json.loads((folder / "scales.json").read_text(encoding="utf-8"))
        heads = [Head(row, *scale) for row, scale in zip(weights, scales, strict=True)]
        return cls(TextFeatures.load(folder, "features"), heads)
