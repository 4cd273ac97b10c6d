"""Puts the decision of `switchboard.conversations.routes` on each message."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.conversations.moods import Thresholds, level_of
from switchboard.conversations.routes import Cause, upset_now
from switchboard.conversations.turns import CAREFUL_INTENTS, MOOD, PERSON_INTENT, UPSET_INTENT
from switchboard.nlu.message_step import MessageStep, put_first

_ASKED = 0.15
# What a lawyer is named for is anger, most often.
_OWN_WORDS = CAREFUL_INTENTS - {"legal_question"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SentimentRouter(MessageStep, IntentClassifier):
    """Overrides the intent by `negative_sentiment` when the message alone calls for a person.

    Every form lists that intent as ignored, so the route holds inside forms too. What was asked
    stays readable in `intent_ranking`, why it was routed in `mood.cause` and `mood.detail`, how it
    was said in `mood.level`, which `IntentRulePolicy` follows over several messages.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds of `switchboard.conversations.moods`, each a probability."""
        return {"angry": 0.6, "displeased": 0.5, "troubled": 0.85}

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._thresholds = Thresholds(
            *(float(config[name]) for name in ("angry", "displeased", "troubled"))
        )

    def judge(self, message: Message) -> None:
        """Set the level; route a message that calls for a person."""
        text, mood = message.get(TEXT) or "", message.get(MOOD) or {}
        level = level_of(mood, self._thresholds)
        told = {**mood, "level": level.value}
        upset = upset_now(text, mood, level)
        intent = (message.get(INTENT) or {}).get("name")
        asked = upset is not None and upset[0] is Cause.ASKED
        # Who speaks of killing themselves sounds angry too, and needs other words. Who asks for a
        # person has an intent of their own: "are you a person?" only sounds like it.
        if upset and intent not in _OWN_WORDS and not (asked and self._share(message) < _ASKED):
            told["cause"], told["detail"] = upset[0].value, upset[1]
            sure = max(float(mood.get("anger") or 0.0), float(mood.get("person") or 0.0)) or 1.0
            put_first(message, PERSON_INTENT if asked else UPSET_INTENT, sure)
        message.set(MOOD, told, add_to_output=True)

    @staticmethod
    def _share(message: Message) -> float:
        """The classifier's probability that a person is asked for."""
        ranking = message.get(INTENT_RANKING_KEY) or []
        return next((e["confidence"] for e in ranking if e["name"] == PERSON_INTENT), 0.0)
