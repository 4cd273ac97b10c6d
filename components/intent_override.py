"""What both routers share: they look at a classified message and may put another intent first."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

Router = TypeVar("Router", bound="IntentOverride")


class IntentOverride(GraphComponent, IntentClassifier):
    """A component without training that judges one message after the other."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls: type[Router],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Router:
        """See `GraphComponent`."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge each message."""
        for message in messages:
            self.judge(message)
        return messages

    @abstractmethod
    def judge(self, message: Message) -> None:
        """Leave the message as it is, or call `put_first`."""

    @staticmethod
    def put_first(message: Message, name: str, confidence: float) -> None:
        """Make `name` the intent; what was decided before stays readable behind it."""
        intent = {"name": name, "confidence": confidence}
        ranking = [e for e in message.get(INTENT_RANKING_KEY) or [] if e["name"] != name]
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, *ranking], add_to_output=True)
