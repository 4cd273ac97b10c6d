"""The port to a platform, and the errors of its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from switchboard.errors import SwitchboardError
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming, Outgoing, SentFile
from switchboard.mailroom.outbox import Delivery, PartReceipt


class Trouble(str, Enum):
    """Why a platform did not take a message."""

    BLOCKED = "blocked"
    """The customer does not want to hear from us."""
    WINDOW = "outside the window"
    """Too long since the customer last wrote."""
    INVALID = "invalid"
    """It never accepts this message, or the customer is unknown."""
    RATE = "rate"
    """Too many calls: retry later."""
    ACCESS = "no access"
    """Token or permission: retried, since an operator can fix it."""
    DOWN = "down"
    """It could not be reached, or failed."""
    UNSURE = "unsure"
    """It gave no answer: the message may or may not be delivered."""


FINAL = frozenset({Trouble.BLOCKED, Trouble.WINDOW, Trouble.INVALID})
"""Permanent failures; never retried."""


class Undelivered(SwitchboardError):
    """A platform did not accept a call. `retry_after` in seconds, if given.

    `said` is the platform's own word, which may repeat ours and is not for logs.
    """

    def __init__(
        self, trouble: Trouble, detail: str = "", retry_after: float = 0.0, said: str = ""
    ) -> None:
        super().__init__(f"{trouble.value}: {detail}" if detail else trouble.value)
        self.trouble, self.detail, self.retry_after = trouble, detail, retry_after
        self.said = said


@dataclass(frozen=True)
class Call:
    """One call of a platform's API. `instead` is tried if it is refused; `file` goes with it."""

    method: str
    body: Mapping[str, Any]
    instead: Call | None = None
    file: SentFile | None = None


@dataclass(frozen=True)
class Setback:
    """A platform's word that a part which it had taken did not arrive after all, and why."""

    receipt: PartReceipt
    error: Undelivered


class Platform(Protocol):
    """A platform as the dispatcher uses it."""

    confirms: bool = False
    """Whether it tells its app, soon after, what it delivered."""

    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        """The customer's message; None if the events need no turn."""

    def fit(self, answers: Sequence[Outgoing], batch: Sequence[Arrival]) -> list[Outgoing]:
        """The answers to one batch as they are sent: joined where the platform counts them."""
        return list(answers)

    async def unanswered(self, batch: Sequence[Arrival]) -> None:
        """A turn ended without an answer; for a platform that waits for one."""
        return

    def calls(self, delivery: Delivery) -> Sequence[Call]:
        """The calls that deliver a message; equal for the same message."""

    async def send(self, conversation: str, call: Call) -> None:
        """Make one call.

        Raises:
            Undelivered: the call was not accepted, with the reason.
        """

    def waits_for(self, conversation: str, call: Call) -> bool:
        """Whether a call of the platform's own is open, which takes this one as its answer."""
        return False

    async def hand_over(self, conversation: str, call: Call) -> bool:
        """Answer the platform's own call; False if it took nothing.

        For what does not arrive there, the platform soon calls again.
        """
        return False

    def called_again(self, conversation: str) -> bool:
        """Whether the platform called again for what another process had in hand."""
        return False

    def instead_of(self, message: Outgoing) -> Outgoing | None:
        """What may be sent in place of a message for which the customer wrote too long ago; None:
        nothing may."""
        return None

    async def show_typing(self, conversation: str) -> None:
        """Show a typing indicator; never raises."""

    async def close(self) -> None:
        """Close the connections."""
