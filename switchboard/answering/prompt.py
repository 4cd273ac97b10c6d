"""The messages for one question: rules, material, as much history as fits, the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from switchboard.answering.prompts import material, rules
from switchboard.answering.question import Question
from switchboard.knowledge.articles import Passage
from switchboard.llm.chat_model import Message
from switchboard.llm.token_counter import TokenCounter
from switchboard.privacy.redaction import Pseudonyms

MAX_LINE = 600
"""Characters of one earlier line; a longer one is cut."""


@dataclass(frozen=True)
class PromptWriter:
    """`flows`: the known flows with what each is for. `budget`: tokens for the whole prompt."""

    shop: str
    voice: str
    flows: Mapping[str, str]
    counter: TokenCounter
    budget: int

    def write(
        self, question: Question, passages: Sequence[Passage], names: Pseudonyms
    ) -> list[Message]:
        """The prompt, with placeholders for what is personal. The question is always whole."""
        about = "\n".join(question.customer.orders.values())
        if question.customer.name:
            about = f"Name: {question.customer.name}\n{about}"
        standing = [
            Message("system", rules(self.shop, question.language, self.flows, self.voice)),
            Message("system", material(passages, names.hide(about.strip()))),
        ]
        asked = Message("user", names.hide(question.text))
        return [*standing, *self._history(question, [*standing, asked], names), asked]

    def _history(
        self, question: Question, rest: Sequence[Message], names: Pseudonyms
    ) -> list[Message]:
        """The latest lines that fit into what is left of the budget."""
        left = self.budget - self.counter.count(rest)
        kept: list[Message] = []
        for message in reversed(question.history):
            line = Message(message.role, names.hide(message.content[:MAX_LINE]))
            left -= self.counter.count([line])
            if left < 0:
                break
            kept.append(line)
        return kept[::-1]
