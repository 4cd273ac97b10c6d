"""Pacing of turns: each channel computes one turn at a time, after deliveries are acknowledged.

All turns compute in one thread. While a turn waits for an action (a model, the order system) it
releases its channel's gate to the next one, so that turns wait in parallel and a turn of another
channel is second in line, not hundredth. Those who ask take turns (`fair_gate.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from switchboard.errors import TurnAbandoned
from switchboard.mailroom.fair_gate import FairGate


@dataclass
class Place:
    """A turn's place at its channel's gate. `is_void` tells whether it may not begin any more."""

    gate: FairGate
    key: str
    is_void: Callable[[], bool]
    held: bool = False

    async def take(self) -> None:
        """Wait for the gate.

        Raises:
            TurnAbandoned: meanwhile the turn became void.
        """
        await self.gate.acquire(self.key)
        self.held = True
        try:
            if self.is_void():
                raise TurnAbandoned("an earlier one waits", away=True)
            await quiet()
        except BaseException:  # cancelled too: a gate that nobody gives back stops its channel
            self.leave()
            raise

    def leave(self) -> None:
        """Release the gate to the next turn."""
        if self.held:
            self.held = False
            self.gate.release()


MOST_SECONDS = 0.1
"""Seconds that a turn waits for deliveries at most, so that turns proceed under a flood."""
_receiving = 0
_place: ContextVar[Place | None] = ContextVar("place", default=None)


def queue_at(gate: FairGate, key: str, is_void: Callable[[], bool] = lambda: False) -> None:
    """From here on, the turns of this task take turns at `gate`, with those of other keys, until
    `is_void`."""
    _place.set(Place(gate, key, is_void))


@contextmanager
def receiving() -> Iterator[None]:
    """Context for receiving a delivery, whose platform waits for the acknowledgement."""
    global _receiving
    _receiving += 1
    try:
        yield
    finally:
        _receiving -= 1


async def quiet() -> None:
    """Wait until no delivery is being received, at most `MOST_SECONDS`."""
    until = time.monotonic() + MOST_SECONDS
    while _receiving and time.monotonic() < until:  # noqa: ASYNC110 (an event is one loop's own)
        await asyncio.sleep(0.002)


@asynccontextmanager
async def computing() -> AsyncIterator[None]:
    """Context for computing a turn: holds the gate."""
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
    """Context for waiting within a turn: releases the gate meanwhile."""
    place = _place.get()
    if place is None or not place.held:
        yield
        return
    place.leave()
    try:
        yield
    finally:
        await place.take()
