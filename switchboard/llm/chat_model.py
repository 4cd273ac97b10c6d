"""The port to a language model: messages, completions and deadlines."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """One message to a model. `images` are `data:` or `https:` URLs."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Tokens as counted by the server; 0 if it does not report them."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True)
class Completion:
    """A reply's text, its usage, and the model that gave it."""

    text: str
    usage: Usage
    model: str


class Deadline:
    """The time by which a turn needs its answer."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Remaining seconds, never negative."""
        return max(0.0, self._end - time.monotonic())

    def share(self, part: float) -> Deadline:
        """An earlier deadline: this part of the remaining time."""
        return Deadline(self.left * part)


class ChatModel(Protocol):
    """A model that continues a conversation."""

    name: str

    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        """The reply, following a JSON schema where the server can enforce one.

        Raises:
            ModelDown: unreachable, too slow, rate-limited, refused, or a server error.
            ModelWrong: an empty reply, or an endless one.
        """
