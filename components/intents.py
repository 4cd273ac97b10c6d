"""The intent of a message, and how sure one can be that it is any of the known ones."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.embedding import SentenceEmbedder, required_vectors, sentence_vector
from components.intent_model import IntentModel, cross_validate
from components.mood import mood_label
from components.text_features import normal_text

OPEN_EXAMPLES = "open_question"
"""The intent of the examples that show what is none of the known intents."""
EVIDENCE = "intent_evidence"
"""Message key: `{"score": 0..1, "threshold": 0..1}`; below the threshold it is an open question."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """Sentence vector, TF-IDF and logistic regression; see `IntentModel`.

    The threshold for open questions comes from cross-validation at training.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`false_rejection`: the share of known questions that may be taken for open ones."""
        return {"C": 20.0, "false_rejection": 0.05, "ranking_length": 10}

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent`."""
        return ["sklearn", "scipy"]

    @classmethod
    def required_components(cls) -> list[type]:
        """See `GraphComponent`."""
        return [SentenceEmbedder]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: IntentModel | None = None
        self._threshold = 0.0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        """See `GraphComponent`."""
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
            scores, _ = cross_validate(texts, vectors, labels, c)
            # What is said in anger goes to a person anyway, and open questions are none of the
            # known ones: neither may lower the bar.
            known = np.array(
                [mood_label(m) != "negative" and m.get(INTENT) != OPEN_EXAMPLES for m in examples]
            )
            share = float(self._config["false_rejection"])
            self._threshold = float(np.quantile(scores[known], share))
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            meta = {"threshold": self._threshold}
            (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """See `GraphComponent`."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
                component._model = IntentModel.load(folder)
                component._threshold = float(meta["threshold"])
        except ValueError:  # nothing was trained: Rasa's way of saying so
            pass
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and evidence; an empty message gets no intent."""
        if self._model is None:
            return messages
        for message in messages:
            text = normal_text(message.get(TEXT) or "")
            vector = sentence_vector(message)
            if not text or vector is None:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                continue
            probability, score = self._model.predict([text], vector[None, :])
            order = np.argsort(-probability[0])[: int(self._config["ranking_length"])]
            ranking = [
                {"name": self._model.classes[i], "confidence": float(probability[0][i])}
                for i in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            evidence = {"score": float(score[0][order[0]]), "threshold": self._threshold}
            message.set(EVIDENCE, evidence, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Classify the training examples, for components that learn from the outcome."""
        self.process(training_data.training_examples)
        return training_data
