"""Rasa's tokens for English, Chinese and both in one message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from typing_extensions import override

from switchboard.text.entities import MAX_CHARACTERS
from switchboard.text.words import split_words


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedTokenizer(Tokenizer):
    """`split_words` for Rasa; a message without any word is one token."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What Rasa's base class reads."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["rjieba", "regex"]

    @classmethod
    @override
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MixedTokenizer:
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of a message's attribute, as far as it is read, each at its place."""
        text = message.get(attribute)
        words = split_words(text[:MAX_CHARACTERS])
        return [Token(word.text, word.start) for word in words] or [Token(text, 0)]
