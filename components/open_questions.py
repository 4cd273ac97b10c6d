"""Which messages are none of the known intents and go to the open route."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intents import EVIDENCE, OPEN_EXAMPLES
from switchboard.turns import OPEN_INTENT

OPEN_REASON = "open_reason"
_FILLER = 12


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OpenQuestionDetector(GraphComponent, IntentClassifier):
    """Turns a message that resembles no known one into `nlu_fallback`.

    The classifier's own verdict stays first among the real intents of `intent_ranking`. A
    message that is little more than an entity (`4711`, an e-mail) is `inform`, whatever the
    classifier makes of the digits.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: None takes the one that cross-validation found at training."""
        return {"threshold": None}

    def __init__(self, config: dict[str, Any]) -> None:
        self._fixed = config["threshold"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OpenQuestionDetector:
        """See `GraphComponent`."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Override the intent where the evidence is too thin."""
        for message in messages:
            self._judge(message)
        return messages

    def _judge(self, message: Message) -> None:
        if is_bare_entity(message):
            self._set(message, "inform", 1.0)
            return
        evidence = message.get(EVIDENCE)
        if not evidence:
            self._set(message, OPEN_INTENT, 1.0)
            message.set(OPEN_REASON, "nothing to classify", add_to_output=True)
            return
        threshold = evidence["threshold"] if self._fixed is None else float(self._fixed)
        best = (message.get(INTENT) or {}).get("name")
        if best == OPEN_EXAMPLES or evidence["score"] < threshold:
            if best == OPEN_EXAMPLES:
                reason = "like the examples of open questions"
            else:
                reason = f"nearest {best}, {evidence['score']:.2f} below {threshold:.2f}"
            self._set(message, OPEN_INTENT, 1.0 - float(evidence["score"]))
            message.set(OPEN_REASON, reason, add_to_output=True)

    @staticmethod
    def _set(message: Message, name: str, confidence: float) -> None:
        intent = {"name": name, "confidence": confidence}
        ranking = [e for e in message.get(INTENT_RANKING_KEY) or [] if e["name"] != name]
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, *ranking], add_to_output=True)


def is_bare_entity(message: Message) -> bool:
    """Whether hardly anything but identifying entities was written."""
    text = message.get(TEXT) or ""
    named = [
        e for e in message.get(ENTITIES) or [] if e["entity"] in ("order_number", "email", "phone")
    ]
    rest = len(text.strip()) - sum(e["end"] - e["start"] for e in named)
    return (
        bool(named)
        and rest <= _FILLER
        and not any(word.isalpha() and len(word) > 5 for word in text.split())
    )
