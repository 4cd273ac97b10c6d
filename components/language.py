"""The language of each message, for the slot that chooses the assistant's words."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from components.step import MessageStep
from switchboard.reading.language import prepare, read_language

LANGUAGE = "language"
"""Message key: an ISO 639-1 code, or None when the message does not tell.

It is no entity, because entities that stand at no place in the text break `rasa test --e2e`.
`components/policies.py` makes it the conversation's slot of the same name, which keeps its value
over messages that do not tell.
"""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageReader(MessageStep, IntentClassifier):
    """Sets `language`; registered as a classifier so that Rasa runs it on every message."""

    def __init__(self, config: dict[str, object]) -> None:
        super().__init__(config)
        prepare()

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent`."""
        return ["lingua"]

    def judge(self, message: Message) -> None:
        """Read the language of the message's own text."""
        message.set(LANGUAGE, read_language(message.get(TEXT) or ""), add_to_output=True)
