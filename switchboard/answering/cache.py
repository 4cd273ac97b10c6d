"""Answers that a model gave and the checks let pass, for the next customer with the same question.

Only what is the same for everybody is kept: a question that stands by itself, without anything
personal in it, its history or the customer's data, and the same passages, rules and model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cachetools import TTLCache

from switchboard.answering.question import Answer
from switchboard.llm.chat_model import Message
from switchboard.text.normal import plain_text

SECONDS = 3600
ENTRIES = 2000


class AnswerCache:
    """In memory, for one process; forgets after an hour."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, Answer] = TTLCache(ENTRIES, SECONDS)

    @staticmethod
    def key(model: str, standing: Sequence[Message], question: str) -> str:
        """One key for one question about one material by one set of rules."""
        asked = " ".join(plain_text(question).lower().split()).rstrip(" ?？.。!！")
        parts = [model, *(message.content for message in standing), asked]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def get(self, key: str) -> Answer | None:
        """What was answered, if it is still known."""
        found: Answer | None = self._kept.get(key)
        return found

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer."""
        self._kept[key] = answer
