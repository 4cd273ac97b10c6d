"""What the untrained steps of the pipeline share: they look at one message after the other."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from typing_extensions import override

Step = TypeVar("Step", bound="MessageStep")


class MessageStep(GraphComponent):
    """A component without training. `judge` adds to a message what it finds."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    @override
    def create(
        cls: type[Step],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Step:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge each message."""
        for message in messages:
            self.judge(message)
        return messages

    @abstractmethod
    def judge(self, message: Message) -> None:
        """Leave the message as it is, or set something on it."""


def named(message: Message, *kinds: str) -> list[str]:
    """The values of a message's entities of these kinds."""
    return [str(e["value"]) for e in message.get(ENTITIES) or [] if e["entity"] in kinds]


def put_first(message: Message, name: str, confidence: float) -> None:
    """Make `name` the intent; what was decided before stays readable behind it."""
    intent = {"name": name, "confidence": confidence}
    ranking = [e for e in message.get(INTENT_RANKING_KEY) or [] if e["name"] != name]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, *ranking], add_to_output=True)
