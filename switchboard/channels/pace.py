"""The pace that a platform allows: overall and for each chat, with the pauses that it asks for."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque

from switchboard.channels.shared_limits import SharedLimits

MANY, TOGETHER = 5, 2.0
"""So many chats that are told to wait within so many seconds: it is not the chats, it is us."""
SLOWEST = 32.0
RECOVERS = 0.95
_MAX_CHATS = 10_000


class Pace:
    """Rate limits of a platform. With `shared` ones all processes keep them together.

    A chat that is told to wait rests by itself. Only when many are told so at once do all calls
    become slower, by half each time, and faster again with every call that is let through.
    """

    def __init__(
        self, platform: str, per_second: float, per_chat: float, shared: SharedLimits | None = None
    ) -> None:
        self._platform, self._shared = platform, shared
        self._gap, self._chat_gap = 1 / per_second, 1 / per_chat
        self._slower = 1.0
        self._next = 0.0
        self._chats: OrderedDict[str, float] = OrderedDict()
        self._told_to_wait: deque[tuple[float, str]] = deque()

    async def turn(self, chat: str) -> None:
        """Wait until a call may be made."""
        self._slower = max(1.0, self._slower * RECOVERS)
        gap = self._gap * self._slower
        wait = self._own_wait(chat, gap)
        if self._shared is not None:
            together = await self._shared.pace(self._platform, chat, gap, self._chat_gap)
            wait = wait if together is None else together
        await asyncio.sleep(wait)

    async def pause(self, chat: str, seconds: float) -> None:
        """Let a chat rest, as the platform asked."""
        now = time.monotonic()
        self._chats[chat] = max(self._chats.get(chat, 0.0), now + seconds)
        self._told_to_wait.append((now, chat))
        while now - self._told_to_wait[0][0] > TOGETHER:
            self._told_to_wait.popleft()
        if len({told for _, told in self._told_to_wait}) >= MANY:
            self._slower = min(self._slower * 2, SLOWEST)
            self._told_to_wait.clear()
        if self._shared is not None:
            await self._shared.pause(self._platform, chat, seconds)

    def _own_wait(self, chat: str, gap: float) -> float:
        now = time.monotonic()
        at = max(now, self._next, self._chats.get(chat, 0.0))
        # Only the overall limit is booked: a chat that waits delays no other.
        self._next = max(now, self._next) + gap
        self._chats[chat] = at + self._chat_gap
        self._chats.move_to_end(chat)
        if len(self._chats) > _MAX_CHATS:
            self._chats.popitem(last=False)
        return at - now
