"""Moves messages from the inbox through the assistant to the outbox and the platform.

In order for each customer, in parallel for different ones, within limits. Each step is stored
before the next begins, so a process may be killed at any moment: another process answers what was
acknowledged, and nothing is answered twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from sqlalchemy.engine import Engine

from switchboard.channels.assistant import Assistant
from switchboard.channels.lane import ChannelParts, ChannelTexts, Lane, Limits
from switchboard.channels.platform import Platform
from switchboard.clock import epoch_now
from switchboard.errors import LeaseLost
from switchboard.failures import place_of
from switchboard.mailroom.announcements import Listener
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.leases import LEASE, Claim
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import PartReceipt
from switchboard.mailroom.pacing import quiet

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Seconds between polls for conversations that no process works on."""
LISTENING_SECONDS = 5.0
"""The same while the database announces what is stored: a poll finds what a dead process left."""
ACCEPT_SECONDS = 1.0
"""Seconds in which a delivery is stored, or its platform is asked to retry later."""
MOST_AT_ONCE = 50
"""Conversations that one poll takes over: what a dead process left is shared by the others."""
KEPT_SECONDS = 7 * 86400
"""Seconds for which settled messages are kept, to recognise duplicates.

Platforms redeliver for a day and a half at most.
"""


class Dispatcher:
    """Dispatches the messages of one channel in one process."""

    def __init__(
        self,
        channel: str,
        engine: Engine,
        platform: Platform,
        assistant: Assistant,
        texts: ChannelTexts,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.parts = ChannelParts(channel, engine, platform, assistant, texts, self.limits)
        self._listener = Listener(engine, channel, self.parts.worker, self._hear)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: list[asyncio.Task[None]] = []

    async def accept(
        self, arrivals: Sequence[Arrival], receipts: Sequence[PartReceipt] = ()
    ) -> None:
        """Store what a platform delivered; it may be acknowledged afterwards.

        Raises:
            InboxFull: too many messages wait already.
            sqlalchemy.exc.SQLAlchemyError: the delivery could not be stored.
            asyncio.TimeoutError: nor was it in time. It may be yet; then it is known when it comes
                once more.
        """
        kept = asyncio.ensure_future(self.parts.database_first(self._keep, arrivals, receipts))
        kept.add_done_callback(self._wake_kept)
        await asyncio.wait_for(asyncio.shield(kept), ACCEPT_SECONDS)

    async def post(self, conversation: str, messages: Sequence[Outgoing]) -> None:
        """Queue messages that answer no turn: an agent's, a reminder."""
        await self.parts.database(self._add, conversation, messages)
        self.wake(conversation)

    def wake(self, conversation: str, claim: Claim | None = None) -> None:
        """Start or wake the lane of a conversation, which may have been acquired for it."""
        lane = self._lanes.get(conversation)
        if lane is not None:
            lane.wake()
        elif len(self._lanes) < self.limits.lanes:  # else the poll finds it when there is room
            self._lanes[conversation] = Lane(conversation, self.parts)
            task = asyncio.create_task(self._work(self._lanes[conversation], claim))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def start(self) -> None:
        """Start polling for unleased conversations, above all those of a killed process."""
        self._loop = asyncio.get_running_loop()
        self._listener.start()
        self._polling = [asyncio.create_task(self._poll()), asyncio.create_task(self._renew())]

    async def stop(self, seconds: float = 5.0) -> None:
        """Finish running work within `seconds`; the rest is left to the next process."""
        for task in self._polling:
            task.cancel()
        await asyncio.to_thread(self._listener.stop)
        self.limits = Limits(lanes=0)
        for lane in self._lanes.values():
            lane.leave()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.parts.close()

    def _keep(self, arrivals: Sequence[Arrival], receipts: Sequence[PartReceipt]) -> list[str]:
        if receipts:
            self.parts.outbox.confirm(receipts)
        return self.parts.inbox.keep(arrivals) if arrivals else []

    def _add(self, conversation: str, messages: Sequence[Outgoing]) -> None:
        with self.parts.outbox.engine.begin() as db:
            self.parts.outbox.add(db, conversation, messages)

    def _wake_kept(self, kept: asyncio.Future[list[str]]) -> None:
        if not kept.cancelled() and kept.exception() is None:
            for conversation in kept.result():
                self.wake(conversation)

    def _hear(self, conversation: str) -> None:
        """Called in the listener's thread: another process stored something."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wake, conversation)

    async def _work(self, lane: Lane, claim: Claim | None) -> None:
        try:
            await quiet()
            leases = self.parts.leases
            claim = claim or await self.parts.database(leases.take, lane.conversation)
            if claim is not None:
                await lane.run(claim)
        except asyncio.CancelledError:
            raise
        except LeaseLost:
            logger.warning("a conversation went to another process")
        except Exception as error:  # the next poll finds the rest
            logger.error("messages wait for another try: %s", place_of(error))
        finally:
            if claim is not None:
                await self._release(claim)
            self._lanes.pop(lane.conversation, None)
            if lane.again is not None and self._loop is not None:
                self._loop.call_later(lane.again, self.wake, lane.conversation)
            if lane.woken and claim is not None:
                self.wake(lane.conversation)

    async def _release(self, claim: Claim) -> None:
        try:
            await self.parts.database(self.parts.leases.release, claim)
        except Exception as error:  # it expires by itself
            logger.error("a lane is kept until it runs out: %s", place_of(error))

    async def _renew(self) -> None:
        """Keep the leases, ahead of all other work for the database, however much there is."""
        while True:
            try:
                await self.parts.database_first(self.parts.leases.renew)
            except Exception as error:
                logger.error("the leases cannot be renewed: %s", place_of(error))
            await asyncio.sleep(LEASE / 4)

    async def _poll(self) -> None:
        looked = cleaned = 0.0
        while True:
            now = time.monotonic()
            try:
                if not cleaned or now - cleaned > 3600:
                    await self.parts.database(self._clean)
                    cleaned = now
                if not self._listener.listening or now - looked > LISTENING_SECONDS:
                    await self._look()
                    looked = now
            except Exception as error:
                logger.error("messages cannot be looked for: %s", place_of(error))
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        """Take over what nobody works on."""
        leases, room = self.parts.leases, max(self.limits.lanes - len(self._lanes), 0)
        for claim in await self.parts.database(leases.take_idle, min(room, MOST_AT_ONCE)):
            if claim.conversation in self._lanes:
                # Its lane is about to take it, or had lost it: that one stores nothing more.
                await self.parts.database(leases.release, claim)
            else:
                self.wake(claim.conversation, claim)

    def _clean(self) -> None:
        before = epoch_now() - KEPT_SECONDS
        self.parts.inbox.forget(before)
        self.parts.outbox.forget(before)
