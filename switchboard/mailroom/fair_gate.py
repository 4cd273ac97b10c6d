"""A gate of so many places, at which nobody waits long because somebody else asks often."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import OrderedDict

MAX_KNOWN = 10_000


class FairGate:
    """Admits by turns among keys, and within a key in the order of asking.

    Start-time fair queueing (Goyal, Vin, Cheng 1996): each admission of a key is one virtual moment
    after its last one or after the present one, whichever is later, and the earliest is next. So
    one that asks for the first time is admitted after at most one more of each other key.
    """

    def __init__(self, places: int) -> None:
        self.free = places
        self._now = 0.0
        self._last: OrderedDict[str, float] = OrderedDict()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    async def acquire(self, key: str) -> None:
        """Wait for a place."""
        start = max(self._now, self._last.get(key, 0.0))
        self._last[key] = start + 1.0
        self._last.move_to_end(key)
        if len(self._last) > MAX_KNOWN:
            self._last.popitem(last=False)
        if self.free > 0:
            self.free -= 1
            self._now = max(self._now, start)
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (start, next(self._count), admitted))
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self.release()  # the place was given, and nobody takes it
            raise

    def release(self) -> None:
        """Give a place back: the next one has it."""
        while self._waiting:
            start, _, admitted = heapq.heappop(self._waiting)
            if not admitted.done():
                self._now = max(self._now, start)
                admitted.set_result(None)
                return
        self.free += 1
