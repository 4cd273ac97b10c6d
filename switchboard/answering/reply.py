"""The JSON format of a model's reply: schema and parser."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from switchboard.errors import ModelWrong
from switchboard.llm.chat_model import Schema


class Kind(str, Enum):
    """What the model decided to do."""

    ANSWER = "answer"
    START = "start"
    ASK = "ask"
    HANDOFF = "handoff"
    DECLINE = "decline"


@dataclass(frozen=True)
class ModelReply:
    """A well-formed reply; whether it is true is checked elsewhere.

    ANSWER has `text` and `passages` (numbers from 1), and `english` in a third language; START has
    an `intent` and perhaps an `order_number`; ASK has the `passages` between which the customer
    chooses.
    """

    kind: Kind
    text: str = ""
    passages: tuple[int, ...] = ()
    intent: str = ""
    order_number: str = ""
    english: str = ""


def reply_schema(flows: Collection[str]) -> Schema:
    """The JSON schema of a reply, valid for servers with strict schemas."""
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
            "text": {"type": ["string", "null"]},
            "passages": {"type": "array", "items": {"type": "integer"}},
            "intent": {"type": ["string", "null"], "enum": [*sorted(flows), None]},
            "order_number": {"type": ["string", "null"]},
            "english": {"type": ["string", "null"]},
        },
        "required": ["kind", "text", "passages", "intent", "order_number", "english"],
        "additionalProperties": False,
    }


def read_reply(raw: str, given: int, flows: Collection[str]) -> ModelReply:
    """Parse a reply about `given` passages, tolerating text or code fences around the object.

    Raises:
        ModelWrong: the reply violates the schema; the message says how.
    """
    data = read_object(raw)
    try:
        kind = Kind(data.get("kind"))
    except ValueError:
        raise ModelWrong("no known kind") from None
    if kind is Kind.ANSWER:
        text = data.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ModelWrong("an answer without text")
        english = data.get("english")
        return ModelReply(
            kind,
            text=text.strip(),
            passages=_numbers(data, given, 1),
            english=english.strip() if isinstance(english, str) else "",
        )
    if kind is Kind.START:
        return _start(data, flows)
    if kind is Kind.ASK:
        return ModelReply(kind, passages=_numbers(data, given, 2)[:3])
    return ModelReply(kind)


def read_object(raw: str) -> dict[str, Any]:
    """The JSON object in a model's reply.

    Raises:
        ModelWrong: there is none.
    """
    start, end = raw.find("{"), raw.rfind("}")
    try:
        data = json.loads(raw[start : end + 1]) if start >= 0 else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise ModelWrong("not the JSON that was asked for")
    return data


def _numbers(data: dict[str, Any], given: int, least: int) -> tuple[int, ...]:
    listed = data.get("passages")
    if not isinstance(listed, list) or not all(type(n) is int for n in listed):
        raise ModelWrong("passages must be a list of numbers")
    numbers = tuple(dict.fromkeys(listed))
    if len(numbers) < least or not all(1 <= n <= given for n in numbers):
        raise ModelWrong("passages that were not given, or too few of them")
    return numbers


def _start(data: dict[str, Any], flows: Collection[str]) -> ModelReply:
    intent, number = data.get("intent"), data.get("order_number")
    if not isinstance(intent, str) or intent not in flows:
        raise ModelWrong("a flow that does not exist")
    named = number if isinstance(number, str) else ""
    return ModelReply(Kind.START, intent=intent, order_number=named)
