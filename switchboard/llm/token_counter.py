"""How many tokens a text is, without asking anybody.

Counted with the word pieces of the sentence model, then corrected by what servers report: their
vocabularies differ by a fifth or so, and a fifth matters for a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from switchboard.llm.chat_model import Message

PER_MESSAGE = 4
_SLOW = 0.1


class TokenCounter:
    """Counts; `learn` from each reply that says what its prompt was."""

    def __init__(self, pieces: Callable[[str], int]) -> None:
        # The rules are the same in every prompt of a language, the passages in many.
        self._pieces = lru_cache(maxsize=2000)(pieces)
        self.ratio = 1.0

    def count(self, messages: Sequence[Message]) -> int:
        """The tokens of a prompt, as the server would count them."""
        own = sum(self._pieces(message.content) + PER_MESSAGE for message in messages)
        return round(own * self.ratio)

    def learn(self, messages: Sequence[Message], reported: int) -> None:
        """Move towards what a server said. Figures far off are not believed."""
        own = sum(self._pieces(message.content) + PER_MESSAGE for message in messages)
        if own and 0.4 < reported / own < 2.5:
            self.ratio += _SLOW * (reported / own - self.ratio)
