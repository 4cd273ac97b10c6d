"""Moves messages from the inbox through the assistant to the outbox and the platform.

In order for each customer, in parallel for different ones, within limits. Each step is stored
before the next begins, so a process may be killed at any moment: another process answers what was
acknowledged, and nothing is answered twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence

from sqlalchemy.engine import Engine

from switchboard.channels.assistant import Assistant
from switchboard.channels.lane import ChannelParts, Lane, Limits
from switchboard.channels.platform import Platform
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.leases import LEASE, Leases
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.pacing import quiet

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Seconds between polls for conversations that no process works on."""
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
        apology: Outgoing,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.parts = ChannelParts(channel, engine, platform, assistant, apology, self.limits)
        self._claims = Leases(engine, channel, uuid.uuid4().hex)
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: asyncio.Task[None] | None = None

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        """Store what a platform delivered; it may be acknowledged afterwards.

        Raises:
            InboxFull: too many messages wait already.
            sqlalchemy.exc.SQLAlchemyError: the delivery could not be stored.
        """
        for conversation in await self.parts.database_first(self.parts.inbox.keep, arrivals):
            self.wake(conversation)

    async def post(self, conversation: str, messages: Sequence[Outgoing]) -> None:
        """Queue messages that answer no turn: an agent's, a reminder."""
        await self.parts.database(self._add, conversation, messages)
        self.wake(conversation)

    def wake(self, conversation: str) -> None:
        """Start or wake the lane of a conversation."""
        lane = self._lanes.get(conversation)
        if lane is not None:
            lane.wake()
        elif len(self._lanes) < self.limits.lanes:  # else the poll finds it when there is room
            self._lanes[conversation] = Lane(conversation, self.parts)
            task = asyncio.create_task(self._work(self._lanes[conversation]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def start(self) -> None:
        """Start polling for unleased conversations, above all those of a killed process."""
        self._polling = asyncio.create_task(self._poll())

    async def stop(self, seconds: float = 5.0) -> None:
        """Finish running work within `seconds`; the rest is left to the next process."""
        if self._polling is not None:
            self._polling.cancel()
        self.limits = Limits(lanes=0)
        for lane in self._lanes.values():
            lane.leave()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.parts.close()

    def _add(self, conversation: str, messages: Sequence[Outgoing]) -> None:
        with self.parts.outbox.engine.begin() as db:
            self.parts.outbox.add(db, conversation, messages)

    async def _work(self, lane: Lane) -> None:
        mine = False
        try:
            await quiet()
            mine = await self.parts.database(self._claims.take, lane.conversation)
            if mine:
                await lane.run()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the next poll finds the rest
            logger.error("messages wait for another try: %s", type(error).__name__)
        finally:
            if mine:
                await self._release(lane)
            self._lanes.pop(lane.conversation, None)
            if lane.woken and mine:
                self.wake(lane.conversation)

    async def _release(self, lane: Lane) -> None:
        try:
            await self.parts.database(self._claims.release, lane.conversation)
        except Exception as error:  # it expires by itself
            logger.error("a lane is kept until it runs out: %s", type(error).__name__)

    async def _poll(self) -> None:
        renewed = cleaned = 0.0
        while True:
            try:
                now = time.monotonic()
                if self._lanes and now - renewed > LEASE / 4:
                    await self.parts.database(self._claims.renew)
                    renewed = now
                if not cleaned or now - cleaned > 3600:
                    await self.parts.database(self._clean)
                    cleaned = now
                room = self.limits.lanes - len(self._lanes)
                for conversation in await self.parts.database(self._claims.idle, max(room, 0)):
                    self.wake(conversation)
            except Exception as error:
                logger.error("messages cannot be looked for: %s", type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)

    def _clean(self) -> None:
        before = epoch_now() - KEPT_SECONDS
        self.parts.inbox.forget(before)
        self.parts.outbox.forget(before)
