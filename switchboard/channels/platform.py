"""What a platform has to offer to the dispatcher, and how its answers are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from switchboard.errors import SwitchboardError
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery


class Trouble(str, Enum):
    """Why a platform did not take a message."""

    BLOCKED = "blocked"
    """The customer does not want to hear from us."""
    WINDOW = "outside the window"
    """Too long since the customer last wrote."""
    INVALID = "invalid"
    """It never takes this message, or knows no such customer."""
    RATE = "rate"
    """Too many at once: later."""
    ACCESS = "no access"
    """Token or permission: somebody has to act, then it may go."""
    DOWN = "down"
    """It could not be asked, or failed."""
    UNSURE = "unsure"
    """It was asked and gave no answer: delivered or not."""


FINAL = frozenset({Trouble.BLOCKED, Trouble.WINDOW, Trouble.INVALID})
"""Permanent failures; never retried."""


class Undelivered(SwitchboardError):
    """A platform did not take a call. `retry_after` in seconds, where it said."""

    def __init__(self, trouble: Trouble, detail: str = "", retry_after: float = 0.0) -> None:
        super().__init__(f"{trouble.value}: {detail}" if detail else trouble.value)
        self.trouble, self.detail, self.retry_after = trouble, detail, retry_after


@dataclass(frozen=True)
class Call:
    """One call of a platform's API. `instead` is tried when it is refused for good."""

    method: str
    body: Mapping[str, Any]
    instead: Call | None = None


class Platform(Protocol):
    """A platform, as the dispatcher sees it."""

    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        """What the customer said; None for what needs no turn of the assistant."""

    def calls(self, delivery: Delivery) -> Sequence[Call]:
        """The calls that deliver a message, always the same for the same message."""

    async def send(self, conversation: str, call: Call) -> None:
        """Make one of them.

        Raises:
            Undelivered: it was not taken, with the reason.
        """

    async def show_typing(self, conversation: str) -> None:
        """Tell the customer that an answer is on its way; never raises."""

    async def close(self) -> None:
        """Give up what is held open."""
