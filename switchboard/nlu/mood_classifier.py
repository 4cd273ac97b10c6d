"""The mood of each message, for the router, the record of turns, and the person who takes over."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import override

from switchboard.conversations.turns import MOOD
from switchboard.nlu.mood_model import VALENCES, MoodModel, mood_label
from switchboard.nlu.sentence_embedder import SentenceEmbedder, required_vectors, sentence_vector

WORTH_A_REASON = 0.25  # below it nobody asks which words they were


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoodClassifier(GraphComponent, IntentClassifier):
    """Sets `mood`; registered as a classifier so that Rasa runs it after the intents."""

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["sklearn", "vaderSentiment"]

    @classmethod
    @override
    def required_components(cls) -> list[type]:
        return [SentenceEmbedder]

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        self._storage = storage
        self._resource = resource
        self._model: MoodModel | None = None

    @classmethod
    @override
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MoodClassifier:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the labelled examples; without any, messages get no mood."""
        examples = [m for m in training_data.training_examples if mood_label(m) and m.get(TEXT)]
        if not examples:
            return self._resource
        self._model = MoodModel.fit(
            [m.get(TEXT) for m in examples],
            required_vectors(examples),
            [str(mood_label(m)) for m in examples],
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    @override
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MoodClassifier:
        component = cls(model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                component._model = MoodModel.load(folder)
        except ValueError:  # nothing was trained: Rasa's way of saying so
            pass
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the mood of each message with text."""
        for message in messages:
            text, vector = message.get(TEXT) or "", sentence_vector(message)
            if self._model is None or vector is None:
                continue
            found = self._model.predict([text], vector[None, :])[0]
            mood: dict[str, Any] = {
                name: round(float(p), 4)
                for name, p in zip((*VALENCES, "anger", "displeasure"), found, strict=True)
            }
            if max(mood["anger"], mood["displeasure"]) >= WORTH_A_REASON:
                mood["words"] = self._model.telling_words(text)
            message.set(MOOD, mood, add_to_output=True)
        return messages
