"""Follow-up questions, which need the previous one: "and for gifts?", "那枕头呢"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from switchboard.knowledge.terms import words
from switchboard.llm.chat_model import Message

_OPENING = re.compile(
    r"^\s*(?:and|but|or|also|what about|how about|what if|in that case|then|so)\b"
    r"|^\s*(?:那|那么|还有|另外|如果是|要是|以后|之后)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|that|this|they|them|these|those|there|one|ones|then|later|the same)\b"
    r"|它|这个|那个|这些|那些|这样|那样|那里|那边|这种|那种|上面",
    re.IGNORECASE,
)
_CHINESE_ENDING = re.compile(r"呢\s*[?？。]*$")
_FEW = 3
"""Up to this many content words, a pointing word makes a question depend on the previous one."""


def leans(question: str) -> bool:
    """Whether a question depends on the previous one."""
    if _OPENING.search(question) or _CHINESE_ENDING.search(question):
        return True
    content = len(words(question))
    return content <= 1 or (content <= _FEW and _POINTING.search(question) is not None)


def completed(question: str, history: Sequence[Message]) -> str:
    """The search text: a dependent question is prefixed with the latest independent one."""
    if not leans(question):
        return question
    for message in reversed(history):
        if message.role == "user" and len(words(message.content)) >= 2:
            if leans(message.content):
                continue
            return f"{message.content[:300]} {question}"
    return question
