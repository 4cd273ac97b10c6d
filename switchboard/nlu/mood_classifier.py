"""The mood of each message, for the router, the record of turns, and the person who takes over."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import override

from switchboard.conversations.routes import Cause
from switchboard.conversations.turns import CAREFUL_INTENTS, MOOD, PERSON_INTENT
from switchboard.nlu.folds import example_label
from switchboard.nlu.mood_model import (
    ANGER,
    ANGRY,
    DISPLEASED,
    HEADS,
    NO_REASON,
    REASONS,
    TOLD,
    MoodModel,
)
from switchboard.nlu.sentence_embedder import SentenceEmbedder, required_vectors, sentence_vector
from switchboard.text.language import language_of

WORTH_A_REASON = 0.25  # below it nobody asks which words they were


def reason_of(takeover: str, mood: str, intent: str) -> str:
    """Why a person should take over at an example, from its labels; empty if they do not tell.

    A message that is not angry, and asks for nobody, is for the bot.
    """
    if takeover:
        return takeover
    if intent == PERSON_INTENT:
        return Cause.ASKED.value
    if intent in CAREFUL_INTENTS:
        return ""
    return {ANGRY: ANGER, DISPLEASED: "", "": ""}.get(mood, NO_REASON)


def _labels(message: Message) -> tuple[str, str]:
    """The mood of a training example, and the reason for a person."""
    mood, takeover = (example_label(message, name) or "" for name in ("mood", "takeover"))
    return mood, reason_of(takeover, mood, str(message.get(INTENT) or ""))


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

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`false_takeover`: the share of messages without a reason for a person that may be given
        one, by cross-validation over the authors of the examples."""
        return {"false_takeover": 0.03}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
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
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the labelled examples; without any, messages get no mood."""
        examples = [m for m in training_data.training_examples if m.get(TEXT) and any(_labels(m))]
        if not examples:
            return self._resource
        moods, reasons = zip(*map(_labels, examples), strict=True)
        self._model = MoodModel.fit(
            [m.get(TEXT) for m in examples],
            required_vectors(examples),
            moods,
            reasons,
            [example_label(m, "author") or "" for m in examples],
            float(self._config["false_takeover"]),
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
        component = cls(config, model_storage, resource)
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
            told = dict(zip(HEADS, map(float, found), strict=True))
            mood: dict[str, Any] = {name: round(told[name], 4) for name in TOLD}
            if max(mood[ANGER], mood["displeasure"]) >= WORTH_A_REASON:
                mood["words"] = self._model.telling_words(text, "displeasure")
            mood["person_bar"] = self._model.bars.get(language_of(text), 1.0)
            if mood["person"] >= mood["person_bar"]:
                mood["reason"] = max(REASONS, key=lambda reason: told[f"because {reason}"])
                mood["evidence"] = self._model.telling_words(text, "person")
            message.set(MOOD, mood, add_to_output=True)
        return messages
