"""Estimates the tokens of a text offline.

Counts the word pieces of the sentence model, corrected by what servers report: their vocabularies
differ by about a fifth, which matters for a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from switchboard.llm.chat_model import Message

PER_MESSAGE = 4
_SLOW = 0.1


class TokenCounter:
    """Counts tokens; call `learn` with each reply that reports its prompt's tokens."""

    def __init__(self, pieces: Callable[[str], int]) -> None:
        # The rules repeat in every prompt of a language, the passages in many.
        self._pieces = lru_cache(maxsize=2000)(pieces)
        self.ratio = 1.0

    def count(self, messages: Sequence[Message]) -> int:
        """The estimated tokens of a prompt on the server."""
        own = sum(self._pieces(message.content) + PER_MESSAGE for message in messages)
        return round(own * self.ratio)

    def learn(self, messages: Sequence[Message], reported: int) -> None:
        """Adjust the ratio to a reported count. Implausible counts are ignored."""
        own = sum(self._pieces(message.content) + PER_MESSAGE for message in messages)
        if own and 0.4 < reported / own < 2.5:
            self.ratio += _SLOW * (reported / own - self.ratio)
