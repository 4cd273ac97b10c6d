"""Passive replies: an answer that is ready while WeChat waits goes out as the answer to its call.

WeChat calls with a customer's message, waits five seconds, and calls again with the same message,
three times in all. The three calls are one turn here: whichever of them waits when the answer is
ready takes it. A call that comes after the answer was given is told it again, since then the
earlier one did not arrive. What no call takes goes out as a customer-service message.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection

TRIES = 3
WAIT_SECONDS = 4.5
"""For which a call waits for an answer, of the five that WeChat waits."""
CUT_SECONDS = 6.0
"""After which a call is answered that WeChat has left, so that it calls again."""
GAP_SECONDS = 1.5
"""For which an answer waits for WeChat's next call, when it has left one."""
WRITE_SECONDS = 2.0
KEPT_SECONDS = 60.0


class PassiveTry:
    """One of WeChat's calls with a message. `handed` is its answer; empty: there is none."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.handed: asyncio.Future[str] = loop.create_future()
        self.written: asyncio.Future[bool] = loop.create_future()

    def wrote(self, whole: bool) -> None:
        """Tell whether the answer went out."""
        if not self.written.done():
            self.written.set_result(whole)


class PassiveWindow:
    """The calls with one message. `known` when another process has worked on it before."""

    def __init__(self, conversation: str) -> None:
        self.conversation, self.opened_at = conversation, time.monotonic()
        self.answer, self.closed, self.known, self.tries = "", False, False, 0
        self._call: PassiveTry | None = None
        self._news = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether an answer may still be given."""
        return not self.closed and not self.answer

    @property
    def is_last(self) -> bool:
        """Whether WeChat will not call again, so that this call must not be left unanswered."""
        return self.tries >= TRIES or self.known

    def begin(self) -> PassiveTry:
        """A call has come, in place of an earlier one."""
        self.tries += 1
        self._call = PassiveTry()
        self._news.set()
        return self._call

    def leave(self, call: PassiveTry) -> None:
        """A call waits no longer."""
        if self._call is call:
            self._call = None
            self._news.clear()

    def close(self) -> None:
        """No answer will be given; a call that waits is told so."""
        self.closed = True
        if self._call is not None and not self._call.handed.done():
            self._call.handed.set_result("")

    async def take(self, content: str) -> bool:
        """Give an answer to the call that waits, or to the next one; whether one took it."""
        while self.is_open:
            call = await self._next_call()
            if call is None or call.handed.done():
                break
            call.handed.set_result(content)
            done, _ = await asyncio.wait({call.written}, timeout=WRITE_SECONDS)
            self.leave(call)
            if done and call.written.result():
                self.answer = content
                return True
        self.close()
        return False

    async def _next_call(self) -> PassiveTry | None:
        if self._call is None and not self.is_last:
            try:
                await asyncio.wait_for(self._news.wait(), GAP_SECONDS)
            except asyncio.TimeoutError:
                return None
        return self._call


class PassiveReplies:
    """The calls of WeChat that wait, or did a moment ago."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, PassiveWindow] = OrderedDict()

    def open(self, event_id: str, conversation: str) -> PassiveWindow:
        """The window of a message; a new one for its first call."""
        self._forget()
        if event_id not in self._windows:
            self._windows[event_id] = PassiveWindow(conversation)
        return self._windows[event_id]

    def is_open(self, conversation: str) -> bool:
        """Whether an answer can be given without a message of our own."""
        return bool(self._of(conversation))

    def is_missed(self, conversation: str) -> bool:
        """Whether WeChat called for an answer that another process had in hand: it got none."""
        return any(
            one.conversation == conversation and one.known and not one.answer
            for one in self._windows.values()
        )

    async def offer(self, conversation: str, content: str) -> bool:
        """Give an answer to the call that waits longest; False if none took it."""
        for window in self._of(conversation):
            if await window.take(content):
                return True
        return False

    def release(self, event_ids: Collection[str]) -> None:
        """Let the calls with some messages go, to which there is no answer."""
        for event_id in event_ids:
            if event_id in self._windows:
                self._windows[event_id].close()

    def _of(self, conversation: str) -> list[PassiveWindow]:
        windows = self._windows.values()
        return [one for one in windows if one.conversation == conversation and one.is_open]

    def _forget(self) -> None:
        before = time.monotonic() - KEPT_SECONDS
        while self._windows and next(iter(self._windows.values())).opened_at < before:
            self._windows.popitem(last=False)
