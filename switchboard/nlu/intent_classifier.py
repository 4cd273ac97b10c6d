"""The intent of a message, and how sure one can be that it is any of the known ones."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import override

from switchboard.nlu.intent_model import IntentModel, cross_validate
from switchboard.nlu.mood_model import ANGRY, mood_label
from switchboard.nlu.sentence_embedder import (
    CLAUSES,
    SENTENCES,
    SentenceEmbedder,
    required_vectors,
    sentence_vector,
)
from switchboard.text.language import CHINESE, ENGLISH, has_han
from switchboard.text.normal import normal_text

OPEN_EXAMPLES = "open_question"
"""The intent of the examples that show what is none of the known intents."""
EVIDENCE = "intent_evidence"
"""Message key: `score` of the best intent, and the `threshold` below which the question is open;
the `margin` of its probability to the second, and the one that counts as `close`."""


@dataclass
class Bars:
    """What cross-validation found: the score that 95 % of known messages reach, by language, and
    the lead that 96 % of them have."""

    score: dict[str, float] = field(default_factory=dict)
    margin: float = 0.0


def language_of(text: str) -> str:
    """`zh` for a text with any Chinese in it, else `en`: whose examples it is like."""
    return CHINESE if has_han(text) else ENGLISH


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """Sentence vector, TF-IDF and logistic regression; see `IntentModel`.

    The bars for open and unclear questions come from cross-validation at training. Where the
    embedder found several clauses in a message, each is classified too.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`false_rejection`: the share of known messages that may be taken for open questions;
        `unclear`: the share of them that may be asked back, because two intents are close."""
        return {"C": 20.0, "false_rejection": 0.05, "unclear": 0.02, "ranking_length": 10}

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["sklearn", "scipy"]

    @classmethod
    @override
    def required_components(cls) -> list[type]:
        return [SentenceEmbedder]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: IntentModel | None = None
        self._bars = Bars()

    @classmethod
    @override
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on every example that has an intent."""
        examples = [m for m in training_data.intent_examples if m.get(INTENT) and m.get(TEXT)]
        if not examples:
            return self._resource
        texts = [normal_text(m.get(TEXT)) for m in examples]
        vectors = required_vectors(examples)
        labels = [str(m.get(INTENT)) for m in examples]
        c = float(self._config["C"])
        self._model = IntentModel.fit(texts, vectors, labels, c)
        if min(labels.count(name) for name in set(labels)) >= 5:
            angry = np.array([mood_label(m) == ANGRY for m in examples])
            self._bars = self.find_bars(texts, vectors, labels, angry, self._config)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            (folder / "bars.json").write_text(json.dumps(asdict(self._bars)), encoding="utf-8")
        return self._resource

    @staticmethod
    def find_bars(
        texts: list[str],
        vectors: NDArray[Any],
        labels: list[str],
        angry: NDArray[Any],
        config: dict[str, Any],
    ) -> Bars:
        """Set the bars so that the configured shares of known messages stay below them.

        What is said in anger goes to a person anyway, and open questions are none of the known
        ones: neither may lower the bars.
        """
        languages = np.array([language_of(text) for text in texts])
        verdicts = cross_validate(texts, vectors, labels, list(languages), float(config["C"]))
        known = ~angry & (np.array(labels) != OPEN_EXAMPLES)
        share, unclear = float(config["false_rejection"]), float(config["unclear"])
        return Bars(
            {
                str(language): verdicts.bar(known & (languages == language), share)
                for language in np.unique(languages)
            },
            float(np.quantile(verdicts.margin[known], unclear)),
        )

    @classmethod
    @override
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                bars = json.loads((folder / "bars.json").read_text(encoding="utf-8"))
                component._model = IntentModel.load(folder)
                component._bars = Bars(**bars)
        except ValueError:  # nothing was trained: Rasa's way of saying so
            pass
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and evidence; an empty message gets no intent."""
        if self._model is None:
            return messages
        for message in messages:
            text, vector = normal_text(message.get(TEXT) or ""), sentence_vector(message)
            if not text or vector is None:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                continue
            ranking, evidence = self._classify(text, vector)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(EVIDENCE, evidence, add_to_output=True)
            for clause in [*(message.get(CLAUSES) or []), *(message.get(SENTENCES) or [])]:
                clause.ranking, clause.evidence = self._classify(
                    normal_text(clause.text), clause.vector
                )
        return messages

    def _classify(
        self, text: str, vector: NDArray[Any]
    ) -> tuple[list[dict[str, Any]], dict[str, float]]:
        if self._model is None:
            raise RuntimeError("the classifier was not trained")
        probability, score = self._model.predict([text], vector[None, :])
        order = np.argsort(-probability[0])[: int(self._config["ranking_length"])]
        ranking = [
            {"name": self._model.classes[i], "confidence": float(probability[0][i])} for i in order
        ]
        lead = ranking[0]["confidence"] - (ranking[1]["confidence"] if len(ranking) > 1 else 0.0)
        return ranking, {
            "score": float(score[0][order[0]]),
            "threshold": self._bars.score.get(language_of(text), 0.0),
            "margin": lead,
            "close": self._bars.margin,
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Classify the training examples, for components that learn from the outcome."""
        self.process(training_data.training_examples)
        return training_data
