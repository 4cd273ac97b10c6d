"""A sample: one message of a customer without personal data, and what is known of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

ASSISTANT, PERSON = "assistant", "person"
USER = "user"


@dataclass(frozen=True)
class SpokenLine:
    """A line of a conversation. `role`: `user` or `assistant`, which a person's answer has too."""

    role: str
    text: str


@dataclass(frozen=True)
class Sample:
    """One message of a customer. All words are redacted; no id leads back to the conversation.

    `talk` is the conversation's number in this collection, `month` when it was (as 2026-11).
    """

    talk: int
    place: int
    month: str
    channel: str
    text: str
    language: str
    typed: bool
    """The customer's own words, rather than a button's."""
    intent: str = ""
    confidence: float = 0.0
    level: str = ""
    """How it was said, a value of `moods.Level`."""
    anger: float | None = None
    route: str = ""
    cause: str = ""
    before: tuple[SpokenLine, ...] = ()
    """The last lines before it, oldest first."""
    reply: str = ""
    """What it was answered."""
    by: str = ""
    """Who answered: `assistant`, `person`; empty: nobody."""
    template: str = ""
    """The name of the shop's text that was the answer."""
    result: str = ""
    """What the turn came to, a value of `turn_result.Result`."""
    passage: str = ""
    """Of an open question: the passage that was found."""
    cited: tuple[str, ...] = ()
    """The statements of that passage that stand in the answer."""
    found: str = ""
    """Of an open question: what became of it, a value of `question.Origin`."""
    outcome: str = ""
    """What the visit came to, a value of `visits.Outcome`."""
    ticket: bool = False
    """A ticket was opened after the answer, and nothing else was asked in between."""
    correction: str = ""
    """What a person then answered."""
    rating: int | None = None
    """What the customer gave for it, 1 to 5."""

    def to_json(self) -> str:
        """In one line."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Sample:
        """What `to_json` wrote."""
        read: dict[str, Any] = json.loads(line)
        before = tuple(SpokenLine(**said) for said in read.pop("before"))
        return cls(before=before, cited=tuple(read.pop("cited")), **read)
