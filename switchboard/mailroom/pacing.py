"""Who may compute: a channel under load takes one place, however many of its turns are under way,
and none before what is being delivered is acknowledged.

A turn computes in one thread with all others. While it waits for an action (a model, the order
system) it leaves its place to the next one of its channel, so that waiting is side by side, and a
turn of another channel comes second in line and not hundredth.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Place:
    """A turn's place at its channel's gate."""

    gate: asyncio.Semaphore
    held: bool = False

    async def take(self) -> None:
        """Wait for it."""
        await self.gate.acquire()
        self.held = True
        await quiet()

    def leave(self) -> None:
        """Let the next one in."""
        if self.held:
            self.held = False
            self.gate.release()


MOST_SECONDS = 0.1
"""How long a turn lets deliveries go first: under a flood, turns still get on."""
_receiving = 0
_place: ContextVar[Place | None] = ContextVar("place", default=None)


def queue_at(gate: asyncio.Semaphore) -> None:
    """From here on, this task's turns compute one by one with all others at the gate."""
    _place.set(Place(gate))


@contextmanager
def receiving() -> Iterator[None]:
    """Around the taking in of what a platform delivers, which waits for an answer meanwhile."""
    global _receiving
    _receiving += 1
    try:
        yield
    finally:
        _receiving -= 1


async def quiet() -> None:
    """Wait until nothing is being delivered, though not for long."""
    until = time.monotonic() + MOST_SECONDS
    while _receiving and time.monotonic() < until:  # noqa: ASYNC110 (an event is one loop's own)
        await asyncio.sleep(0.002)


@asynccontextmanager
async def computing() -> AsyncIterator[None]:
    """Around a turn."""
    place = _place.get()
    if place is None:
        yield
        return
    await place.take()
    try:
        yield
    finally:
        place.leave()


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """Around what a turn waits for."""
    place = _place.get()
    if place is None or not place.held:
        yield
        return
    place.leave()
    try:
        yield
    finally:
        await place.take()
