"""Which messages are none of the known intents and go to the open route."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intent_override import IntentOverride
from components.intents import EVIDENCE, OPEN_EXAMPLES
from switchboard.turns import OPEN_INTENT

OPEN_REASON = "open_reason"
_FILLER = 12


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OpenQuestionDetector(IntentOverride):
    """Turns a message that resembles no known one into `nlu_fallback`.

    The classifier's own verdict stays first among the real intents of `intent_ranking`. A
    message that is little more than an entity (`4711`, an e-mail) is `inform`, whatever the
    classifier makes of the digits.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: None takes the one that cross-validation found at training."""
        return {"threshold": None}

    def judge(self, message: Message) -> None:
        """Override the intent where the evidence is too thin."""
        if is_bare_entity(message):
            self.put_first(message, "inform", 1.0)
            return
        evidence = message.get(EVIDENCE)
        if not evidence:
            self.put_first(message, OPEN_INTENT, 1.0)
            message.set(OPEN_REASON, "nothing to classify", add_to_output=True)
            return
        fixed = self._config["threshold"]
        threshold = evidence["threshold"] if fixed is None else float(fixed)
        best = (message.get(INTENT) or {}).get("name")
        if best == OPEN_EXAMPLES or evidence["score"] < threshold:
            if best == OPEN_EXAMPLES:
                reason = "like the examples of open questions"
            else:
                reason = f"nearest {best}, {evidence['score']:.2f} below {threshold:.2f}"
            self.put_first(message, OPEN_INTENT, 1.0 - float(evidence["score"]))
            message.set(OPEN_REASON, reason, add_to_output=True)


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
