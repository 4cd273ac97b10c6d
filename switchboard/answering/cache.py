"""Cache of checked model answers, for the next customer with the same question.

Only what is equal for all customers is cached: a self-contained question without personal data,
history or customer data, with the same passages, rules and model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cachetools import TTLCache

from switchboard.answering.question import Answer
from switchboard.llm.chat_model import Message

SECONDS = 3600
ENTRIES = 2000


class AnswerCache:
    """An in-memory cache for one process; entries expire after an hour."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, Answer] = TTLCache(ENTRIES, SECONDS)

    @staticmethod
    def key(model: str, standing: Sequence[Message], question: str) -> str:
        """The key of a question with given material and rules."""
        # All of it: two long questions may differ in their last words only.
        asked = " ".join(question.casefold().split()).rstrip(" ?？.。!！")
        parts = [model, *(message.content for message in standing), asked]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def get(self, key: str) -> Answer | None:
        """The cached answer, if any."""
        found: Answer | None = self._kept.get(key)
        return found

    def put(self, key: str, answer: Answer) -> None:
        """Store an answer."""
        self._kept[key] = answer
