"""The mood of a message: how probably it is negative, neutral or positive, and which words say so.

Logistic regression over the sentence vector, text features, VADER's rule-based scores (Hutto and
Gilbert, 2014) and how loud the message is, trained on the examples whose metadata carries a
`mood`. spaCy's text categorizer on the same examples is worse (`make evaluate` shows both).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from components.embedding import SentenceEmbedder, required_vectors, sentence_vector
from components.text_features import MAX_CHARACTERS, TextFeatures, normal_text

MOOD = "mood"
"""Message key: `{"negative": p, "neutral": p, "positive": p}`, with `words` if negative."""
WORTH_A_REASON = 0.4  # below it nobody asks which words were negative
MOODS = ("negative", "neutral", "positive")
_TEXT_WEIGHT = 0.6
_TONE_WEIGHT = 0.5


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def tone(text: str) -> list[float]:
    """VADER's four scores, then capitals, exclamation and question marks, each 0 to 1."""
    text = text[:MAX_CHARACTERS]
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


class MoodModel:
    """The trained part, usable without Rasa."""

    def __init__(self, features: TextFeatures, weights: NDArray[Any], bias: NDArray[Any]) -> None:
        self.features, self.weights, self.bias = features, weights, bias
        # Columns are words, vector, tones, as `_rows` puts them.
        self._word_weights = np.ascontiguousarray(weights[:, : features.width].T) * _TEXT_WEIGHT
        self._dense_weights = np.ascontiguousarray(weights[:, features.width :].T)

    @classmethod
    def fit(cls, texts: list[str], vectors: NDArray[Any], moods: list[str], c: float) -> MoodModel:
        """Train on messages as customers wrote them; every mood must occur."""
        features = TextFeatures().fit([normal_text(text) for text in texts])
        model = LogisticRegression(C=c, solver="liblinear", class_weight="balanced")
        model.fit(cls._rows(features, texts, vectors), moods)
        if tuple(model.classes_) != MOODS:
            raise ValueError(f"mood examples need all of {MOODS}, found {list(model.classes_)}")
        return cls(features, model.coef_.astype(np.float32), model.intercept_.astype(np.float32))

    @staticmethod
    def _rows(features: TextFeatures, texts: list[str], vectors: NDArray[Any]) -> sp.csr_matrix:
        words = features.transform([normal_text(text) for text in texts]) * _TEXT_WEIGHT
        tones = np.array([tone(text) for text in texts], dtype=np.float32) * _TONE_WEIGHT
        return sp.hstack([words, vectors, tones], format="csr")

    def predict(self, texts: list[str], vectors: NDArray[Any]) -> NDArray[Any]:
        """Probabilities, (texts x 3), in the order of `MOODS`."""
        tones = np.array([tone(text) for text in texts], dtype=np.float32) * _TONE_WEIGHT
        words = self.features.transform([normal_text(text) for text in texts])
        dense = np.hstack([vectors, tones])
        margin = words @ self._word_weights + dense @ self._dense_weights + self.bias
        probability = 1.0 / (1.0 + np.exp(-margin))
        return np.asarray(probability / probability.sum(axis=1, keepdims=True))

    def telling_words(self, text: str) -> str:
        """The word or pair of words that spoke loudest for a negative mood; may be empty."""
        row = self.features.transform([normal_text(text)])[:, : self.features.word_count]
        contribution = row.multiply(self.weights[0, : self.features.word_count]).tocoo()
        for index in np.argsort(-contribution.data):
            words = str(self.features.names[contribution.col[index]])
            if contribution.data[index] > 0 and not set(words.split()) <= ENGLISH_STOP_WORDS:
                return words
        return ""


def mood_label(message: Message) -> str | None:
    """The mood in a training example's own metadata or its intent's."""
    metadata = message.get("metadata") or {}
    for place in ("example", "intent"):
        mood = (metadata.get(place) or {}).get("mood")
        if mood:
            return str(mood)
    return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoodClassifier(GraphComponent, IntentClassifier):
    """Sets `mood`; registered as a classifier so that Rasa runs it after the intents."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C`: the inverse of the regularisation's strength."""
        return {"C": 3.0}

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent`."""
        return ["sklearn", "vaderSentiment"]

    @classmethod
    def required_components(cls) -> list[type]:
        """See `GraphComponent`."""
        return [SentenceEmbedder]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: MoodModel | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MoodClassifier:
        """See `GraphComponent`."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the labelled examples; without any, messages get no mood."""
        examples = [m for m in training_data.training_examples if mood_label(m) and m.get(TEXT)]
        if not examples:
            return self._resource
        model = MoodModel.fit(
            [m.get(TEXT) for m in examples],
            required_vectors(examples),
            [str(mood_label(m)) for m in examples],
            float(self._config["C"]),
        )
        self._model = model
        with self._storage.write_to(self._resource) as folder:
            model.features.save(folder, "features")
            np.savez(folder / "model.npz", weights=model.weights, bias=model.bias)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MoodClassifier:
        """See `GraphComponent`."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                z = np.load(folder / "model.npz")
                features = TextFeatures.load(folder, "features")
                component._model = MoodModel(features, z["weights"], z["bias"])
        except ValueError:  # nothing was trained: Rasa's way of saying so
            pass
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the mood of each message with text."""
        for message in messages:
            text, vector = message.get(TEXT) or "", sentence_vector(message)
            if self._model is None or vector is None:
                continue
            probability = self._model.predict([text], vector[None, :])[0]
            mood: dict[str, Any] = {
                name: round(float(p), 4) for name, p in zip(MOODS, probability, strict=True)
            }
            if probability[0] >= WORTH_A_REASON:
                mood["words"] = self._model.telling_words(text)
            message.set(MOOD, mood, add_to_output=True)
        return messages
