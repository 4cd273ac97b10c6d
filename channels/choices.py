"""A choice named by its number, where a platform could not show it as a button."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from switchboard.messaging.message import Button, Outgoing
from switchboard.messaging.outbox import Outbox

_NUMBER = re.compile(r"\s*[#(]?(\d{1,2})[.)、]?\s*", re.ASCII)


class Choices:
    """What was last offered to a customer as a numbered list."""

    def __init__(
        self, outbox: Outbox, numbered: Callable[[Outgoing, str], Sequence[Button]]
    ) -> None:
        self._outbox, self._numbered = outbox, numbered

    async def payload(self, conversation: str, text: str) -> str:
        """The payload of the choice that a message names; empty when it names none."""
        match = _NUMBER.fullmatch(text[:10])
        if match is None:
            return ""
        latest = await asyncio.to_thread(self._outbox.latest, conversation)
        offered = self._numbered(latest.message, conversation) if latest else ()
        number = int(match[1])
        return offered[number - 1].payload if 1 <= number <= len(offered) else ""
