"""Reads a chat completion off the wire, streamed or whole, whatever an odd server sends.

The openai client validates every piece into objects, which takes most of a short reply's time; and
servers differ in pieces that such objects cannot hold. Only what is needed is read here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from switchboard.errors import ModelDown
from switchboard.llm.chat_model import Usage

_DATA = "data:"
DONE = "[DONE]"
_PLAUSIBLE = 10_000_000
"""Tokens of one call. What a server reports beyond that is a mistake."""


def event_in(line: str) -> Mapping[str, Any] | None:
    """The event in a line of a stream; None if there is none, as in a comment.

    Raises:
        ModelDown: the line is an event that is not JSON, or reports an error.
    """
    if not line.startswith(_DATA):
        return None
    return read_body(line[len(_DATA) :])


def read_body(text: str) -> Mapping[str, Any]:
    """The JSON object of an event or of a whole response.

    Raises:
        ModelDown: it is none, or reports an error.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelDown("a reply that is not JSON") from error
    if not isinstance(body, dict) or (body.get("error") and not body.get("choices")):
        raise ModelDown("an error in place of a reply")
    return body


def text_in(body: Mapping[str, Any]) -> str:
    """The text of a piece or of a whole message; content may be a list of parts."""
    choices = body.get("choices")
    found = []
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        message = choice.get("delta") or choice.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else [content]:
            part = part.get("text") if isinstance(part, dict) else part
            if isinstance(part, str):
                found.append(part)
    return "".join(found)


def usage_in(body: Mapping[str, Any]) -> Usage:
    """The usage that a server reports; 0 for what it does not, or not plausibly."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return Usage()
    return Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < _PLAUSIBLE else 0
