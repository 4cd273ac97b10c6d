"""How a message is said, and whether a person should take over.

Linear models over the sentence vector, text features and tone. A stated problem ("my parcel has not
arrived") is negative and no anger; reproach, sarcasm, insults and threats are anger; displeasure is
anger or its beginnings ("that did not help"). A person should take over from anger, and from what
is told however calmly: a customer who was failed before, who leaves, a danger, fraud. Each model's
margin becomes a probability by Platt scaling on margins from cross-validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from switchboard.nlu.folds import bars_by_language, split_by_author
from switchboard.nlu.linear import fit_linear, fit_margins
from switchboard.nlu.text_features import TextFeatures
from switchboard.text.language import has_han, language_of
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
ANGER = "anger"
NO_REASON = "none"
REASONS = (
    ANGER,
    "failed before",
    "leaving",
    "asked",
    "safety",
    "fraud",
    "vulnerable",
    "legal words",
)
"""Why a person takes over: values of `routes.Cause`, and the `takeover` labels of examples."""
TOLD = (*VALENCES, ANGER, "displeasure", "person")
HEADS = (*TOLD, *(f"because {reason}" for reason in REASONS))
"""The columns of a prediction: probabilities of what is told; then the reasons' margins, which are
only to be compared."""
VALENCE_C, ANGER_C = 0.1, 3.0
PERSON_C = 0.05
"""Inverse strengths of regularisation: what is negative has to carry over to other words than ours,
so that it is held back most."""
_TEXT_WEIGHT = 1.0
_TONE_WEIGHT = 0.5
_FEWEST = 10  # examples on either side that a head can be trained on
_NEVER = -20.0


def _dense(texts: Sequence[str], vectors: NDArray[Any]) -> NDArray[Any]:
    """The columns beside the text's: sentence vectors, then tone."""
    tones = np.array([tone(text) for text in texts], dtype=np.float32) * _TONE_WEIGHT
    return np.hstack([vectors, tones.reshape(len(texts), TONES)])


@dataclass(frozen=True)
class Head:
    """One linear decision: weights (columns), bias, and the scale of its probability."""

    weights: NDArray[Any]
    bias: float
    slope: float = 1.0
    offset: float = 0.0


Fit = Callable[[sp.csr_matrix, NDArray[Any], float], Any]


def fit_head(
    rows: sp.csr_matrix, positive: NDArray[Any], authors: NDArray[Any], c: float, fit: Fit
) -> tuple[Head, NDArray[Any]]:
    """Train one head, and scale it by what is said of examples whose authors it does not know.

    Those probabilities come with it, (rows,).
    """
    if min(positive.sum(), (~positive).sum()) < _FEWEST:
        return Head(np.zeros(rows.shape[1], np.float32), _NEVER), np.zeros(len(positive))
    margins = np.zeros(len(positive))
    for train, test in split_by_author(list(positive.astype(str)), list(authors)):
        margins[test] = fit(rows[train], positive[train], c).decision_function(rows[test])
    scale = LogisticRegression(C=1e6).fit(margins[:, None], positive)
    model = fit(rows, positive, c)
    head = Head(
        model.coef_[0].astype(np.float32),
        float(model.intercept_[0]),
        float(scale.coef_[0][0]),
        float(scale.intercept_[0]),
    )
    return head, scale.predict_proba(margins[:, None])[:, 1]


def fit_reasons(rows: sp.csr_matrix, reasons: NDArray[Any], c: float) -> list[Head]:
    """A head for each of `REASONS`, to tell them apart where a person should take over."""
    known = [name for name in REASONS if (reasons == name).sum() >= _FEWEST]
    never = Head(np.zeros(rows.shape[1], np.float32), _NEVER)
    if len(known) < 2:
        return [never] * len(REASONS)
    heads = {}
    for name in known:
        model = fit_margins(rows, reasons == name, c)
        heads[name] = Head(model.coef_[0].astype(np.float32), float(model.intercept_[0]))
    return [heads.get(name, never) for name in REASONS]


class MoodModel:
    """The trained part, usable without Rasa: a head for each of `HEADS`."""

    def __init__(
        self, features: TextFeatures, heads: Sequence[Head], bars: Mapping[str, float]
    ) -> None:
        self.features, self.heads = features, list(heads)
        self.bars = dict(bars)
        """By language, the probability that a person should take over which few calm texts
        reach."""
        weights = np.stack([head.weights for head in heads], axis=1)
        self._text_weights = np.ascontiguousarray(weights[: features.width]) * _TEXT_WEIGHT
        self._dense_weights = np.ascontiguousarray(weights[features.width :])
        self._bias, self._slope, self._offset = np.array(
            [(head.bias, head.slope, head.offset) for head in heads], np.float32
        ).T

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: NDArray[Any],
        moods: Sequence[str],
        reasons: Sequence[str],
        authors: Sequence[str],
        false_takeover: float,
    ) -> MoodModel:
        """Train on messages as customers wrote them.

        `moods` and `reasons` hold an empty text where an example says nothing about one of them;
        `NO_REASON` says that no person is needed. What there are hardly any examples of is never
        found. `false_takeover` is the share of texts without a reason that reaches the bars.

        Raises:
            ValueError: a label is unknown.
        """
        labels, causes = np.array(moods, dtype=object), np.array(reasons, dtype=object)
        writers = np.array(authors, dtype=object)
        unknown = (set(moods) - set(MOODS) - {""}) | (set(reasons) - {*REASONS, NO_REASON, ""})
        if unknown:
            raise ValueError(f"moods are {MOODS}, reasons are {REASONS}, not {unknown}")
        features = TextFeatures().fit([normal_text(text) for text in texts])
        rows = cls._rows(features, texts, vectors)

        def head(
            chosen: NDArray[Any], positive: NDArray[Any], c: float, fit: Fit
        ) -> tuple[Head, NDArray[Any]]:
            at = np.flatnonzero(chosen)
            return fit_head(rows[at], positive[at], writers[at], c, fit)

        says = (labels != CALM) & (labels != "")
        valence = np.array([_VALENCE.get(label, "") for label in labels], dtype=object)
        heads = [head(says, valence == name, VALENCE_C, fit_linear)[0] for name in VALENCES]
        # Mildly unhappy is neither: it may fall on both sides.
        clear = (labels != DISPLEASED) & (labels != "")
        unhappy = np.isin(labels, (ANGRY, DISPLEASED))
        heads.append(head(clear, labels == ANGRY, ANGER_C, fit_linear)[0])
        heads.append(head(labels != "", unhappy, ANGER_C, fit_linear)[0])
        person, seen = head(causes != "", causes != NO_REASON, PERSON_C, fit_margins)
        calm = causes[causes != ""] == NO_REASON
        languages = np.array([language_of(text) for text in texts])[causes != ""]
        bars = bars_by_language(seen[calm], languages[calm], 1.0 - false_takeover)
        needed = np.flatnonzero((causes != "") & (causes != NO_REASON))
        reasons_apart = fit_reasons(rows[needed], causes[needed], PERSON_C)
        return cls(features, [*heads, person, *reasons_apart], bars)

    @staticmethod
    def _rows(features: TextFeatures, texts: Sequence[str], vectors: NDArray[Any]) -> sp.csr_matrix:
        words = features.transform([normal_text(text) for text in texts]) * _TEXT_WEIGHT
        return sp.hstack([words, _dense(texts, vectors)], format="csr")

    def predict(self, texts: Sequence[str], vectors: NDArray[Any]) -> NDArray[Any]:
        """(texts x HEADS): probabilities, the valences adding up to 1; the reasons' margins."""
        words = self.features.transform([normal_text(text) for text in texts])
        margin = words @ self._text_weights + _dense(texts, vectors) @ self._dense_weights
        scaled = self._slope * (margin + self._bias) + self._offset
        told = 1.0 / (1.0 + np.exp(-scaled[:, : len(TOLD)]))
        found = np.hstack([told, scaled[:, len(TOLD) :]])
        found[:, :3] /= np.maximum(found[:, :3].sum(axis=1, keepdims=True), 1e-9)
        return np.asarray(found)

    def telling_words(self, text: str, head: str) -> str:
        """The word or pair of words that spoke loudest for one of `HEADS`; may be empty."""
        count = self.features.word_count
        row = self.features.transform([normal_text(text)])[:, :count]
        contribution = row.multiply(self.heads[HEADS.index(head)].weights[:count]).tocoo()
        for index in np.argsort(-contribution.data):
            words = str(self.features.names[contribution.col[index]])
            empty = set(words.split()) <= ENGLISH_STOP_WORDS or (len(words) < 2 and has_han(words))
            if contribution.data[index] > 0 and not empty:
                return words
        return ""

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        self.features.save(folder, "features")
        np.save(folder / "weights.npy", np.stack([head.weights for head in self.heads]))
        scales = [[head.bias, head.slope, head.offset] for head in self.heads]
        stored = json.dumps({"scales": scales, "bars": self.bars})
        (folder / "scales.json").write_text(stored, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> MoodModel:
        """Read what `save` wrote."""
        weights = np.load(folder / "weights.npy")
        stored = json.loads((folder / "scales.json").read_text(encoding="utf-8"))
        heads = [Head(row, *scale) for row, scale in zip(weights, stored["scales"], strict=True)]
        return cls(TextFeatures.load(folder, "features"), heads, stored["bars"])
