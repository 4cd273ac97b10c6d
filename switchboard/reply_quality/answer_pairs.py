"""A question with the answers that would be right, and what was replied to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class AnswerPair:
    """One row of a file of pairs. `line`: its line in the file, from 1.

    `references`: answers that would be right; none where the shop has no answer and declining is
    right. `reply`: what a version replied; None where the assistant is to be asked, empty where it
    declined. `goal` and `score`: whether the customer reached their goal, and their score of 1 to
    5; None where nobody knows.
    """

    line: int
    question: str
    references: tuple[str, ...]
    language: str
    reply: str | None = None
    goal: bool | None = None
    score: int | None = None

    @property
    def key(self) -> str:
        """The same for the same question with the same references, whatever was replied."""
        told = "\x1f".join((self.language, self.question, *self.references))
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]


@dataclass(frozen=True)
class DamagedRow:
    """A row that cannot be used. `why` is one of a few sentences, so that they can be counted."""

    line: int
    why: str


@dataclass(frozen=True)
class GivenReply:
    """What was replied to a question; `text` is empty where it was declined."""

    pair: AnswerPair
    text: str
    outcome: str = "given"
    """How it came about: `given` in the file, or a value of `Origin`."""
