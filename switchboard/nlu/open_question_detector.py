"""Which messages are none of the known intents and go to the open route."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    GRAVE_INTENTS,
    LANGUAGE,
    OPEN_INTENT,
    OPEN_REASON,
    REQUESTS,
    SMALL_TALK,
    UNCLEAR_INTENT,
)
from switchboard.nlu.intent_classifier import EVIDENCE, OPEN_EXAMPLES
from switchboard.nlu.message_step import MessageStep, put_first
from switchboard.text.bare import only_names
from switchboard.text.language import SPOKEN

GRAVE_SHARE = 0.35
_NEVER_ASKED_BACK = SMALL_TALK | CAREFUL_INTENTS | {OPEN_EXAMPLES}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OpenQuestionDetector(MessageStep, IntentClassifier):
    """Turns a message that resembles no known one into `nlu_fallback`.

    So is one in a language that the assistant does not speak. Where two wishes are about equally
    likely, the message becomes `unclear_intent`, and the customer is asked which one it is. The
    classifier's own verdict stays first among the real intents of `intent_ranking`. A message
    that is little more than an entity (`4711`, an e-mail) is `inform`, whatever the classifier
    makes of the digits.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: None takes the one that cross-validation found at training."""
        return {"threshold": None}

    def judge(self, message: Message) -> None:
        """Override the intent where the evidence is too thin."""
        language, evidence = message.get(LANGUAGE), message.get(EVIDENCE)
        if is_bare_entity(message):
            put_first(message, "inform", 1.0)
        elif not evidence:
            self._open(message, 1.0, "nothing to classify")
        elif language is not None and language not in SPOKEN:
            self._open(message, 1.0, f"language: {language}")
        elif grave := _grave(message):
            put_first(message, *grave)
        elif not message.get(REQUESTS):
            self._weigh(message, evidence)

    def _weigh(self, message: Message, evidence: dict[str, float]) -> None:
        fixed = self._config["threshold"]
        threshold = evidence["threshold"] if fixed is None else float(fixed)
        best = (message.get(INTENT) or {}).get("name")
        if best == OPEN_EXAMPLES:
            self._open(message, 1.0 - evidence["score"], "like the examples of open questions")
        elif evidence["score"] < threshold:
            reason = f"nearest {best}, {evidence['score']:.2f} below {threshold:.2f}"
            self._open(message, 1.0 - evidence["score"], reason)
        elif evidence["margin"] < evidence["close"]:
            first_two = [e["name"] for e in message.get(INTENT_RANKING_KEY)[:2]]
            if not _NEVER_ASKED_BACK.intersection(first_two):
                put_first(message, UNCLEAR_INTENT, 1.0 - evidence["margin"])

    @staticmethod
    def _open(message: Message, confidence: float, reason: str) -> None:
        put_first(message, OPEN_INTENT, confidence)
        message.set(OPEN_REASON, reason, add_to_output=True)


def _grave(message: Message) -> tuple[str, float] | None:
    """A danger that is the second thought, when the first is hardly surer."""
    for entry in (message.get(INTENT_RANKING_KEY) or [])[:2]:
        if entry["name"] in GRAVE_INTENTS and entry["confidence"] >= GRAVE_SHARE:
            return entry["name"], entry["confidence"]
    return None


def is_bare_entity(message: Message) -> bool:
    """Whether the message only gives a number, an address or a product."""
    named = ("order_number", "email", "phone", "product")
    spans = [(e["start"], e["end"]) for e in message.get(ENTITIES) or [] if e["entity"] in named]
    return only_names(message.get(TEXT) or "", spans)
