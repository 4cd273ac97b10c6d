"""Processes one message of a conversation at a time, and signals when the next one waits.

Rasa's in-memory store polls every second whether it is a message's turn; here the next one starts
at once. A long-running turn can watch for the next message (`overtaken`) and finish early. For
several Rasa workers use Rasa's `redis` store instead, which does not signal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError
from rasa.utils.endpoints import EndpointConfig

from switchboard.mailroom.pacing import computing


@dataclass
class _Queue:
    """The messages of one conversation. `present` counts waiting ones and the current one."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    overtaken: asyncio.Event = field(default_factory=asyncio.Event)
    present: int = 0


_queues: dict[str, _Queue] = {}


def overtaken(conversation_id: str) -> asyncio.Event | None:
    """The event that is set once another message waits; None if no message is processed."""
    queue = _queues.get(conversation_id)
    return queue.overtaken if queue else None


class TurnOrder(InMemoryLockStore):
    """Rasa's lock store, first come, first served; configured in `endpoints.yml`."""

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        super().__init__()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncIterator[TicketLock]:
        """Wait for this message's turn.

        Raises:
            LockError: no turn within the lifetime of a lock.
        """
        queue = _queues.setdefault(conversation_id, _Queue())
        queue.present += 1
        if queue.present > 1:
            queue.overtaken.set()
        try:
            try:
                await asyncio.wait_for(queue.lock.acquire(), lock_lifetime)
            except asyncio.TimeoutError as error:
                raise LockError(f"no turn within {lock_lifetime:g} s") from error
            try:
                if queue.present == 1:
                    queue.overtaken.clear()
                async with computing():
                    yield TicketLock(conversation_id)
            finally:
                queue.lock.release()
        finally:
            queue.present -= 1
            if not queue.present:
                _queues.pop(conversation_id, None)
