"""The port to a language model: what is sent, what comes back, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """One line of a conversation as a model reads it. `images` are `data:` or `https:` URLs."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Tokens, as the server counted them; 0 where it does not say."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True)
class Completion:
    """A reply's text, what it took, and which model gave it."""

    text: str
    usage: Usage
    model: str


class Deadline:
    """The moment by which a turn has to have its answer."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, never negative."""
        return max(0.0, self._end - time.monotonic())

    def share(self, part: float) -> Deadline:
        """An earlier moment: this part of what is left."""
        return Deadline(self.left * part)


class ChatModel(Protocol):
    """Something that continues a conversation."""

    name: str

    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        """The reply, in the shape of a JSON schema where the server can hold a model to one.

        Raises:
            ModelDown: unreachable, too slow, rate-limited, refused, or a server error.
            ModelWrong: a reply without text, or one without end.
        """
