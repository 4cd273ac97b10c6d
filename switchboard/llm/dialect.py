"""The subset of the OpenAI protocol that a server supports: learnt from its errors.

Servers differ in the reply formats they can enforce, in the name of the token limit, and in whether
they count tokens while streaming.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from switchboard.llm.chat_model import Schema


class Format(IntEnum):
    """How the reply format is requested, strictest first."""

    SCHEMA = 0
    JSON_WITH_SCHEMA = 1  # llama.cpp's way
    JSON = 2
    WORDS = 3


@dataclass(frozen=True)
class Dialect:
    """The request parameters that a server accepts."""

    format: Format = Format.SCHEMA
    counts: bool = True
    bound: str = "max_tokens"
    temperature: bool = True

    def parameters(self, schema: Schema | None, max_tokens: int) -> dict[str, Any]:
        """The parameters besides model and messages."""
        wanted: dict[str, Any] = {self.bound: max_tokens}
        if self.counts:
            wanted["stream_options"] = {"include_usage": True}
        if self.temperature:
            wanted["temperature"] = 0.2
        if schema is not None and self.format is Format.SCHEMA:
            named = {"name": "reply", "strict": True, "schema": schema}
            wanted["response_format"] = {"type": "json_schema", "json_schema": named}
        elif schema is not None and self.format is Format.JSON_WITH_SCHEMA:
            wanted["response_format"] = {"type": "json_object", "schema": schema}
        elif schema is not None and self.format is Format.JSON:
            wanted["response_format"] = {"type": "json_object"}
        return wanted

    def after_refusal(self, status: int, complaint: str) -> Dialect | None:
        """A simpler dialect for an error message; None if the error is not about the dialect."""
        complaint = complaint.lower()
        # llama-cpp-python returns 500 where others return 400 or 422.
        if status not in (400, 422) and not (status == 500 and "validation error" in complaint):
            return None
        if self.bound == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, bound="max_completion_tokens")
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        if self.counts and "stream_options" in complaint:
            return replace(self, counts=False)
        if self.format is not Format.WORDS:
            return replace(self, format=Format(self.format + 1))
        if self.counts:
            return replace(self, counts=False)
        return None
