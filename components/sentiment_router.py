"""The one place that decides whether an upset customer goes to a person, whatever they asked."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intent_override import IntentOverride
from components.mood import MOOD
from switchboard.turns import UPSET_INTENT

LEGAL = re.compile(
    r"\b(?:my (?:lawyer|solicitor|attorney)|sue you|legal action|small claims|"
    r"consumer protection|trading standards|ombudsman|chargeback|report you to|police)\b",
    re.IGNORECASE,
)
"""Words that a person must see, however politely they are said."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SentimentRouter(IntentOverride):
    """Overrides the intent by `negative_sentiment` when the mood is strongly negative.

    Every form lists that intent as ignored, so the route holds inside forms too. What was asked
    stays readable in `intent_ranking`; why it was routed stands in `mood.reason`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: the probability of a negative mood from which a person takes over."""
        return {"threshold": 0.6}

    def judge(self, message: Message) -> None:
        """Route a message whose mood or words call for a person."""
        reason = self._reason(message)
        if reason is not None:
            mood = {**(message.get(MOOD) or {}), "reason": reason}
            message.set(MOOD, mood, add_to_output=True)
            self.put_first(message, UPSET_INTENT, float(mood.get("negative") or 1.0))

    def _reason(self, message: Message) -> str | None:
        text = message.get(TEXT) or ""
        legal = LEGAL.search(text[:2000])
        if legal:
            return f"legal or safety words: '{legal[0].lower()}'"
        mood = message.get(MOOD) or {}
        negative = float(mood.get("negative") or 0.0)
        if negative < float(self._config["threshold"]):
            return None
        words = mood.get("words")
        return f"negative mood {negative:.2f}" + (f": '{words}'" if words else "")
