"""What a model's reply must pass before a customer reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from switchboard.answering.articles import Passage
from switchboard.errors import ModelWrong

MAX_ANSWER_CHARACTERS = 1500
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_FACT = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+|\d+(?:[.,:]\d+)*")
_PROMISE = re.compile(
    r"\b(?:i|we)(?:'ll| will| have| am going to|'ve|'m going to)\s+(?:\w+\s+){0,2}"
    r"(?:refund|call|cancel|credit|e-?mail|send|contact|change|escalat|process|issue)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reply:
    """A checked reply: `text` is None when the model says that the passages do not tell."""

    text: str | None
    passages: tuple[Passage, ...]


def read_reply(raw: str, question: str, passages: Sequence[Passage]) -> Reply:
    """Parse and check a model's reply.

    Raises:
        ModelWrong: not the JSON that was asked for, no or unknown sources, a number, link or
            address that stands in no passage, a promise, or far too long.
    """
    found = _OBJECT.search(raw)
    try:
        data = json.loads(found[0]) if found else None
    except ValueError:
        data = None
    if not isinstance(data, dict) or "answer" not in data:
        raise ModelWrong("not the JSON that was asked for")
    text, numbers = data["answer"], data.get("passages")
    if text is None:
        return Reply(None, ())
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_ANSWER_CHARACTERS:
        raise ModelWrong("no usable text")
    if (
        not isinstance(numbers, list)
        or not numbers
        or not all(
            isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= len(passages)
            for n in numbers
        )
    ):
        raise ModelWrong("no source, or one that was not given")
    sources = tuple(passages[n - 1] for n in dict.fromkeys(numbers))
    _check_facts(text, question, sources)
    if _PROMISE.search(text):
        raise ModelWrong("a promise of something that nobody does")
    return Reply(text.strip(), sources)


def _check_facts(text: str, question: str, sources: Sequence[Passage]) -> None:
    """Every number, link and address must stand in a source, or be the customer's own number."""
    grounds = " ".join(f"{p.name} {p.text}" for p in sources)
    known = {fact.rstrip(".,:") for fact in _FACT.findall(grounds)}
    own = {fact for fact in _FACT.findall(question) if fact.isdigit() and len(fact) >= 4}
    for fact in _FACT.findall(text):
        if fact.rstrip(".,:)") not in known | own:
            raise ModelWrong("a fact that no source holds")
