"""The language of each message, for the slot that chooses the assistant's words."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from typing_extensions import override

from switchboard.conversations.turns import LANGUAGE
from switchboard.nlu.message_step import MessageStep
from switchboard.text.language import prepare, read_language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageReader(MessageStep, IntentClassifier):
    """Sets `language`; registered as a classifier so that Rasa runs it on every message."""

    def __init__(self, config: dict[str, object]) -> None:
        super().__init__(config)
        prepare()

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["lingua"]

    def judge(self, message: Message) -> None:
        """Read the language of the message's own text."""
        message.set(LANGUAGE, read_language(message.get(TEXT) or ""), add_to_output=True)
