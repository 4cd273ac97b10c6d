"""A lane: the turns and deliveries of one conversation while there is work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.engine import Engine

from switchboard.channels import retries
from switchboard.channels.assistant import Assistant
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import SENT, Delivery, Outbox
from switchboard.mailroom.pacing import queue_at

logger = logging.getLogger(__name__)
T = TypeVar("T")

DEPTH = 2
"""Messages of one customer given to the assistant at once: the current one and the next.

The next one waits for its turn there, which allows a slow answer to be cut short.
"""
PATIENCE = 5.0
"""A delivery that must wait longer than this releases its lane."""
TYPING_AFTER, TYPING_EVERY = 0.3, 4.0
BATCH_SECONDS = 0.7
"""Seconds to wait for the rest of an album."""


@dataclass(frozen=True)
class Limits:
    """The limits of one process for one channel."""

    lanes: int = 1000
    turns: int = 48
    deliveries: int = 100


class ChannelParts:
    """The shared parts of all lanes of a channel in a process."""

    def __init__(
        self,
        channel: str,
        engine: Engine,
        platform: Platform,
        assistant: Assistant,
        apology: Outgoing,
        limits: Limits,
    ) -> None:
        self.inbox, self.outbox = Inbox(engine, channel), Outbox(engine, channel)
        self.platform, self.assistant, self.apology = platform, assistant, apology
        self.turns = asyncio.Semaphore(limits.turns)
        self.gate = asyncio.Semaphore(1)
        self.deliveries = asyncio.Semaphore(limits.deliveries)
        # One database thread: SQLite has one writer, and order is kept without locks.
        self._thread = ThreadPoolExecutor(1, f"{channel}-mail")
        self._in_line = asyncio.Semaphore(1)

    async def database(self, work: Callable[..., T], *given: object) -> T:
        """Run database work outside the event loop, one call after the other."""
        async with self._in_line:
            return await self.database_first(work, *given)

    async def database_first(self, work: Callable[..., T], *given: object) -> T:
        """Run database work ahead of the queue: at most one call is before it.

        For storing deliveries.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def close(self) -> None:
        """Close the platform and the thread."""
        await self.platform.close()
        self._thread.shutdown()


class _Step:
    """The progress of a turn: the next one enters and settles after it."""

    def __init__(self) -> None:
        self.entered, self.settled = asyncio.Event(), asyncio.Event()


class Lane:
    """Processes one conversation until nothing is left to do."""

    def __init__(self, conversation: str, parts: ChannelParts) -> None:
        self.conversation = conversation
        self.woken = False
        self._parts = parts
        self._last = 0
        self._newest: _Step | None = None
        self._news, self._posted = asyncio.Event(), asyncio.Event()
        self._answered = self._leaving = False

    def wake(self) -> None:
        """Signal that a message arrived or has to be delivered."""
        self.woken = True
        self._news.set()
        self._posted.set()

    def leave(self) -> None:
        """Start nothing new."""
        self._leaving = True
        self.wake()

    async def run(self) -> None:
        """Answer and deliver, concurrently."""
        delivering = asyncio.create_task(self._deliver_all())
        try:
            await self._answer_all()
            self._answered = True
            self._posted.set()
            await delivering
        finally:
            delivering.cancel()

    async def _answer_all(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while not self._leaving:
                self.woken = False
                self._news.clear()
                room = DEPTH - len(running)
                for batch in await self._take(room) if room else ():
                    before, self._newest = self._newest, _Step()
                    running.add(asyncio.create_task(self._answer(batch, before, self._newest)))
                if not running:
                    return
                news = asyncio.create_task(self._news.wait())
                done, _ = await asyncio.wait(
                    {*running, news} if room else running, return_when=asyncio.FIRST_COMPLETED
                )
                news.cancel()
                running -= done
                for task in done - {news}:
                    task.result()
            await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()

    async def _take(self, room: int) -> list[list[Arrival]]:
        inbox = self._parts.inbox
        batches = await self._parts.database(inbox.take, self.conversation, self._last, room)
        for index, batch in enumerate(batches):
            missing = BATCH_SECONDS - (epoch_now() - batch[0].received_at)
            if batch[0].batch and missing > 0:
                await asyncio.sleep(missing)
                batches[index:] = await self._parts.database(
                    inbox.take, self.conversation, self._last, room - index
                )
                break
            self._last = batch[-1].id
        if batches:
            self._last = batches[-1][-1].id
        return batches

    async def _answer(self, batch: Sequence[Arrival], before: _Step | None, step: _Step) -> None:
        try:
            if before is not None:
                await before.entered.wait()
            outcome, answers = await self._try(batch, step)
            if before is not None:
                await before.settled.wait()
            if outcome:
                await self._parts.database(self._settle, batch, answers, outcome)
                self._posted.set()
        finally:
            step.entered.set()
            step.settled.set()

    async def _try(self, batch: Sequence[Arrival], step: _Step) -> tuple[str, list[Outgoing]]:
        """The outcome and answers of a turn; an empty outcome means that it will be retried."""
        first = batch[0]
        try:
            async with self._parts.turns:
                return "answered", await self._turn(batch, step)
        except Exception as error:  # whatever it is, the customer gets a reply
            logger.error("turn %d failed: %s", first.attempts, type(error).__name__)
        delay = retries.turn_delay(first.attempts)
        if delay is None:
            return "failed", [self._parts.apology]
        await self._parts.database(self._parts.inbox.postpone, batch, delay)
        self._leaving = True  # later messages of this customer wait for it
        return "", []

    async def _turn(self, batch: Sequence[Arrival], step: _Step) -> list[Outgoing]:
        message = await self._parts.platform.read(batch)
        if message is None:
            return []
        typing = asyncio.create_task(self._type())
        queue_at(self._parts.gate)
        try:
            step.entered.set()
            return await self._parts.assistant.hear(
                self.conversation, message, batch[0].event_id, batch[0].attempts > 1
            )
        finally:
            typing.cancel()

    async def _type(self) -> None:
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await self._parts.platform.show_typing(self.conversation)
            await asyncio.sleep(TYPING_EVERY)

    def _settle(self, batch: Sequence[Arrival], answers: list[Outgoing], outcome: str) -> None:
        with self._parts.outbox.engine.begin() as db:
            if self._parts.inbox.settle(db, batch, outcome):
                self._parts.outbox.add(db, self.conversation, answers)

    async def _deliver_all(self) -> None:
        while True:
            self._posted.clear()
            delivery = await self._parts.database(self._parts.outbox.next, self.conversation)
            if delivery is None or self._leaving:
                if self._answered or self._leaving:
                    return
                await self._posted.wait()
                continue
            wait = delivery.due_at - epoch_now()
            if wait > PATIENCE:
                return
            if wait > 0:
                await asyncio.sleep(wait)
            async with self._parts.deliveries:
                await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        outbox, database = self._parts.outbox, self._parts.database
        try:
            calls = self._parts.platform.calls(delivery)
            for number, call in enumerate(calls[delivery.parts :], delivery.parts + 1):
                await self._send(call)
                if number < len(calls):
                    await database(outbox.progress, delivery, number)
            await database(outbox.settle, delivery, SENT)
        except Undelivered as error:
            await self._undelivered(delivery, error)

    async def _send(self, call: Call) -> None:
        try:
            await self._parts.platform.send(self.conversation, call)
        except Undelivered as error:
            if call.instead is None or error.trouble not in (Trouble.WINDOW, Trouble.INVALID):
                raise
            await self._parts.platform.send(self.conversation, call.instead)

    async def _undelivered(self, delivery: Delivery, error: Undelivered) -> None:
        outbox, database = self._parts.outbox, self._parts.database
        logger.warning("a message was not delivered: %s", error.trouble.value)
        later = retries.delivery_delay(delivery, error)
        if isinstance(later, str):
            await database(outbox.settle, delivery, later, str(error))
        else:
            await database(outbox.postpone, delivery, later, str(error))
