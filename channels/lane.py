"""One conversation while there is something to do for it: its turns, and its deliveries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.platform import FINAL, Call, Trouble, Undelivered
from switchboard.messaging.inbox import Arrival
from switchboard.messaging.message import AGENT, Outgoing
from switchboard.messaging.outbox import FAILED, REFUSED, SENT, Delivery
from switchboard.messaging.pacing import queue_at

if TYPE_CHECKING:
    from channels.dispatcher import Dispatcher

logger = logging.getLogger(__name__)

DEPTH = 2
"""Messages of one customer that the assistant is given at once: the one that it works on, and the
next, which waits for its turn there and lets a slow answer be cut short."""
TURN_TRIES = 3
RETRY_SECONDS = 2.0
DELIVERY_TRIES = 14
"""With waits that double up to ten minutes: two hours."""
MAX_WAIT = 600.0
PATIENCE = 5.0
"""A delivery that has to wait for longer gives its place to other conversations."""
TYPING_AFTER, TYPING_EVERY = 0.3, 4.0
BATCH_SECONDS = 0.7
"""How long the rest of an album is waited for."""


@dataclass(frozen=True)
class Limits:
    """What one process does at once for one channel."""

    lanes: int = 1000
    turns: int = 48
    deliveries: int = 100


class _Step:
    """How far a turn is: the next one follows it into the assistant, and out of it."""

    def __init__(self) -> None:
        self.entered, self.settled = asyncio.Event(), asyncio.Event()


class Lane:
    """Works for one conversation until nothing is left to do."""

    def __init__(self, conversation: str, dispatcher: Dispatcher) -> None:
        self.conversation = conversation
        self.woken = False
        self._all = dispatcher
        self._last = 0
        self._newest: _Step | None = None
        self._news, self._posted = asyncio.Event(), asyncio.Event()
        self._answered = self._leaving = False

    def wake(self) -> None:
        """Something came in, or has to go out."""
        self.woken = True
        self._news.set()
        self._posted.set()

    def leave(self) -> None:
        """Begin nothing new."""
        self._leaving = True
        self.wake()

    async def run(self) -> None:
        """Answer and deliver, side by side."""
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
        inbox = self._all.inbox
        batches = await self._all.database(inbox.take, self.conversation, self._last, room)
        for index, batch in enumerate(batches):
            missing = BATCH_SECONDS - (time.time() - batch[0].received_at)
            if batch[0].batch and missing > 0:
                await asyncio.sleep(missing)
                batches[index:] = await self._all.database(
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
                await self._all.database(self._settle, batch, answers, outcome)
                self._posted.set()
        finally:
            step.entered.set()
            step.settled.set()

    async def _try(self, batch: Sequence[Arrival], step: _Step) -> tuple[str, list[Outgoing]]:
        """What became of a turn: nothing, if it is to be tried again."""
        first = batch[0]
        try:
            async with self._all.turns:
                return "answered", await self._turn(batch, step)
        except Exception as error:  # whatever it is, the customer is not left without a word
            logger.error("turn %d failed: %s", first.attempts, type(error).__name__)
            if first.attempts >= TURN_TRIES:
                return "failed", [self._all.apology]
        wait = RETRY_SECONDS * first.attempts
        await self._all.database(self._all.inbox.postpone, batch, wait)
        self._leaving = True  # nothing of this customer's begins before it
        return "", []

    async def _turn(self, batch: Sequence[Arrival], step: _Step) -> list[Outgoing]:
        message = await self._all.platform.read(batch)
        if message is None:
            return []
        typing = asyncio.create_task(self._type())
        queue_at(self._all.gate)
        try:
            step.entered.set()
            return await self._all.assistant.hear(
                self.conversation, message, batch[0].event_id, batch[0].attempts > 1
            )
        finally:
            typing.cancel()

    async def _type(self) -> None:
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await self._all.platform.show_typing(self.conversation)
            await asyncio.sleep(TYPING_EVERY)

    def _settle(self, batch: Sequence[Arrival], answers: list[Outgoing], outcome: str) -> None:
        with self._all.outbox.engine.begin() as db:
            if self._all.inbox.settle(db, batch, outcome):
                self._all.outbox.add(db, self.conversation, answers)

    async def _deliver_all(self) -> None:
        while True:
            self._posted.clear()
            delivery = await self._all.database(self._all.outbox.next, self.conversation)
            if delivery is None or self._leaving:
                if self._answered or self._leaving:
                    return
                await self._posted.wait()
                continue
            wait = delivery.due_at - time.time()
            if wait > PATIENCE:
                return
            if wait > 0:
                await asyncio.sleep(wait)
            async with self._all.deliveries:
                await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        outbox, database = self._all.outbox, self._all.database
        try:
            calls = self._all.platform.calls(delivery)
            for number, call in enumerate(calls[delivery.parts :], delivery.parts + 1):
                await self._send(call)
                if number < len(calls):
                    await database(outbox.progress, delivery, number)
            await database(outbox.settle, delivery, SENT)
        except Undelivered as error:
            await self._undelivered(delivery, error)

    async def _send(self, call: Call) -> None:
        try:
            await self._all.platform.send(self.conversation, call)
        except Undelivered as error:
            if call.instead is None or error.trouble not in (Trouble.WINDOW, Trouble.INVALID):
                raise
            await self._all.platform.send(self.conversation, call.instead)

    async def _undelivered(self, delivery: Delivery, error: Undelivered) -> None:
        outbox, database = self._all.outbox, self._all.database
        logger.warning("a message was not delivered: %s", error.trouble.value)
        if error.trouble in FINAL:
            await database(outbox.settle, delivery, REFUSED, str(error))
        elif error.trouble is Trouble.UNSURE and delivery.message.author == AGENT:
            # A person can look, and decide; nothing of theirs is said twice by itself.
            await database(outbox.settle, delivery, FAILED, str(error))
        elif delivery.attempts + 1 >= DELIVERY_TRIES:
            await database(outbox.settle, delivery, FAILED, str(error))
        else:
            wait = error.retry_after or min(2.0**delivery.attempts, MAX_WAIT)
            await database(outbox.postpone, delivery, wait, str(error))
