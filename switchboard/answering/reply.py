"""The JSON format of a model's reply: schema and parser."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from switchboard.errors import ModelWrong
from switchboard.knowledge.statements import FORMS
from switchboard.llm.chat_model import Schema

MOST_SAID = 6
"""Statements in one answer."""


class Kind(str, Enum):
    """What the model decided to do."""

    ANSWER = "answer"
    START = "start"
    ASK = "ask"
    HANDOFF = "handoff"
    DECLINE = "decline"


@dataclass(frozen=True)
class ReplyChoices:
    """What a model may choose from: `statements` of them, and the names of all else."""

    statements: int
    flows: Collection[str]
    openings: Collection[str] = ()
    closings: Collection[str] = ()
    worded: bool = False
    """It also writes a draft of its own."""


@dataclass(frozen=True)
class ModelReply:
    """A well-formed reply.

    ANSWER has `statements` (numbers from 1), and perhaps a `form` of them, an `opening`, a
    `closing` and a `draft`; START has an `intent` and perhaps an `order_number`; ASK has one
    statement of each of the topics between which the customer chooses.
    """

    kind: Kind
    statements: tuple[int, ...] = ()
    form: str = ""
    opening: str = ""
    closing: str = ""
    draft: str = ""
    intent: str = ""
    order_number: str = ""


def reply_schema(choices: ReplyChoices) -> Schema:
    """The JSON schema of a reply, valid for servers with strict schemas."""
    properties: dict[str, Any] = {
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "statements": {"type": "array", "items": {"type": "integer"}},
        "form": _one_of(FORMS),
        "opening": _one_of(choices.openings),
        "closing": _one_of(choices.closings),
        "intent": _one_of(sorted(choices.flows)),
        "order_number": {"type": ["string", "null"]},
    }
    if choices.worded:
        properties["draft"] = {"type": ["string", "null"]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(names: Collection[str]) -> Schema:
    return {"type": ["string", "null"], "enum": [*names, None]}


def read_reply(raw: str, choices: ReplyChoices) -> ModelReply:
    """Parse a reply, tolerating text or code fences around the object.

    Whatever is not one of the choices is no choice: an unknown opening is none.

    Raises:
        ModelWrong: the reply violates the schema; the message says how.
    """
    data = read_object(raw)
    try:
        kind = Kind(data.get("kind"))
    except ValueError:
        raise ModelWrong("no known kind") from None
    if kind is Kind.ANSWER:
        draft = data.get("draft") if choices.worded else None
        return ModelReply(
            kind,
            statements=_numbers(data, choices.statements, 1)[:MOST_SAID],
            form=_known(data.get("form"), FORMS),
            opening=_known(data.get("opening"), choices.openings),
            closing=_known(data.get("closing"), choices.closings),
            draft=draft.strip() if isinstance(draft, str) else "",
        )
    if kind is Kind.START:
        return _start(data, choices.flows)
    if kind is Kind.ASK:
        return ModelReply(kind, statements=_numbers(data, choices.statements, 2))
    return ModelReply(kind)


def _known(name: object, names: Collection[str]) -> str:
    return name if isinstance(name, str) and name in names else ""


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
    listed = data.get("statements")
    if not isinstance(listed, list) or not all(type(n) is int for n in listed):
        raise ModelWrong("statements must be a list of numbers")
    numbers = tuple(dict.fromkeys(listed))
    if len(numbers) < least or not all(1 <= n <= given for n in numbers):
        raise ModelWrong("statements that were not given, or too few of them")
    return numbers


def _start(data: dict[str, Any], flows: Collection[str]) -> ModelReply:
    intent, number = data.get("intent"), data.get("order_number")
    if not isinstance(intent, str) or intent not in flows:
        raise ModelWrong("a flow that does not exist")
    named = number if isinstance(number, str) else ""
    return ModelReply(Kind.START, intent=intent, order_number=named)
