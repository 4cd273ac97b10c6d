"""A lane: the turns and deliveries of one conversation while there is work."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from switchboard.channels import retries
from switchboard.channels.assistant import Assistant
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.clock import epoch_now
from switchboard.errors import AssistantNotReady, LeaseLost, PartAway
from switchboard.failures import place_of
from switchboard.mailroom.due import is_due
from switchboard.mailroom.fair_gate import FairGate
from switchboard.mailroom.inbox import DEAD, Arrival, Inbox
from switchboard.mailroom.leases import Claim, Leases, sending_for, working_on
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import FAILED, REFUSED, SENT, Delivery, Outbox
from switchboard.mailroom.pacing import queue_at
from switchboard.observing.turn_context import turn_of
from switchboard.outreach.sending_rights import SendingRights

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
NOTE_SECONDS = 0.3
"""Seconds until what was sent is noted once more, while the database is away."""
SENT_INSTEAD = "; sent in another form"
"""Ends the reason of a message in whose place another went."""
TOLD_TO_WAIT = 3
"""The customer is told to wait at this failure of a turn for want of a part of ours."""


@dataclass(frozen=True)
class Limits:
    """The limits of one process for one channel."""

    lanes: int = 1000
    turns: int = 48
    deliveries: int = 100


@dataclass(frozen=True)
class ChannelTexts:
    """What a channel says by itself: of a turn that failed for good, and of one that waits."""

    apology: Outgoing
    one_moment: Outgoing


class ChannelParts:
    """The shared parts of all lanes of a channel in a process."""

    def __init__(
        self,
        channel: str,
        engine: Engine,
        platform: Platform,
        assistant: Assistant,
        texts: ChannelTexts,
        limits: Limits,
    ) -> None:
        worker = uuid.uuid4().hex
        self.inbox = Inbox(engine, channel, worker=worker)
        self.outbox = Outbox(engine, channel, worker=worker)
        self.leases = Leases(engine, channel, worker)
        self.rights = SendingRights(engine)
        self.worker = worker
        self.platform, self.assistant, self.texts = platform, assistant, texts
        self.turns = FairGate(limits.turns)
        self.gate = FairGate(1)
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

        For storing what came, for what a customer waits for, and for noting what was sent.
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
        self.put_off = False


@dataclass(frozen=True)
class _Result:
    """What came of a turn. Without an outcome it is tried again after `delay` seconds."""

    outcome: str
    answers: list[Outgoing]
    reason: str = ""
    delay: float = 0.0
    away: bool = False


_BEHIND = _Result("", [], away=True)
"""Of a turn that was not begun, since one before it was put off."""


class Lane:
    """Processes one conversation until nothing is left to do."""

    _own: Claim

    def __init__(self, conversation: str, parts: ChannelParts) -> None:
        self.conversation = conversation
        self.woken = False
        self.again: float | None = None
        self._parts = parts
        self._taken: set[int] = set()
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

    async def run(self, claim: Claim) -> None:
        """Answer and deliver, concurrently, while the claim holds.

        Raises:
            LeaseLost: another process works on the conversation.
        """
        self._own = claim
        if claim.inherited and self._parts.platform.confirms:
            seconds = retries.WORD_SECONDS
            await self._parts.database(self._parts.outbox.await_word, self.conversation, seconds)
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
        inbox, running = self._parts.inbox, self._taken
        batches = await self._parts.database(inbox.take, self.conversation, room, running)
        # A clock that was set back must not make an album wait for an hour.
        missing = [
            min(BATCH_SECONDS - (epoch_now() - batch[0].received_at), BATCH_SECONDS)
            for batch in batches
            if batch[0].batch
        ]
        if missing and max(missing) > 0:
            await asyncio.sleep(max(missing))
            batches = await self._parts.database(inbox.take, self.conversation, room, running)
        running.update(arrival.id for batch in batches for arrival in batch)
        return batches

    async def _answer(self, batch: Sequence[Arrival], before: _Step | None, step: _Step) -> None:
        try:
            if before is not None:
                await before.entered.wait()
            with turn_of(self.conversation):
                result = await self._try(batch, before, step)
            if before is not None:
                await before.settled.wait()
            # First: behind what other lanes begin, no answer goes out before all turns are done.
            await self._parts.database_first(self._settle, batch, result)
            self._posted.set()
            if result.outcome and not result.answers:
                await self._parts.platform.unanswered(batch)
            if not result.outcome:
                self._put_off(result.delay)
        finally:
            self._taken.difference_update(arrival.id for arrival in batch)
            step.entered.set()
            step.settled.set()

    async def _try(self, batch: Sequence[Arrival], before: _Step | None, step: _Step) -> _Result:
        """What came of a turn. It is void once the one before it was put off, to stay in order."""
        first = batch[0]

        def is_void() -> bool:
            return before is not None and before.put_off

        if first.failures > retries.CRASHES:
            return self._given_up("the process ended at each try")
        key = first.origin or self.conversation
        await self._parts.turns.acquire(key)
        try:
            if is_void():
                return _BEHIND
            queue_at(self._parts.gate, key, is_void)
            with working_on(self._own):
                return _Result("answered", await self._turn(batch, step))
        except LeaseLost:
            raise
        except (PartAway, AssistantNotReady, OperationalError) as error:
            if is_void():
                return _BEHIND
            logger.warning("a turn waits: %s", place_of(error))
            result = self._waits(first)
        except Exception as error:  # whatever it is, the customer gets a reply
            logger.error("turn %d failed: %s", first.failures, place_of(error))
            delay = retries.turn_delay(first)
            given_up = self._given_up(type(error).__name__)
            result = given_up if delay is None else _Result("", [], delay=delay)
        finally:
            self._parts.turns.release()
        step.put_off = not result.outcome
        return result

    def _waits(self, first: Arrival) -> _Result:
        delay = retries.away_delay(first, epoch_now())
        if delay is None:
            return self._given_up("a part was away for too long")
        told = [self._parts.texts.one_moment] if first.away + 1 == TOLD_TO_WAIT else []
        return _Result("", told, delay=delay, away=True)

    def _given_up(self, reason: str) -> _Result:
        return _Result(DEAD, [self._parts.texts.apology], reason)

    def _put_off(self, seconds: float) -> None:
        """Leave the conversation until something of it is due; later messages wait for it."""
        self.again = max(self.again or 0.0, seconds)
        self._leaving = True

    async def _turn(self, batch: Sequence[Arrival], step: _Step) -> list[Outgoing]:
        message = await self._parts.platform.read(batch)
        if message is None:
            return []
        typing = asyncio.create_task(self._type())
        try:
            step.entered.set()
            answers = await self._parts.assistant.hear(
                self.conversation, message, batch[0].event_id, batch[0].attempts > 1
            )
            return self._parts.platform.fit(answers, batch)
        finally:
            typing.cancel()

    async def _type(self) -> None:
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await self._parts.platform.show_typing(self.conversation)
            await asyncio.sleep(TYPING_EVERY)

    def _settle(self, batch: Sequence[Arrival], result: _Result) -> None:
        inbox, outbox = self._parts.inbox, self._parts.outbox
        with outbox.engine.begin() as db:
            if not result.outcome:
                inbox.postpone(db, batch, result.delay, result.away)
            elif not inbox.settle(db, batch, result.outcome, result.reason):
                return
            outbox.add(db, self.conversation, result.answers)
            self._own.require(db)

    async def _deliver_all(self) -> None:
        look = self._parts.database
        while True:
            self._posted.clear()
            delivery = await look(self._parts.outbox.next, self.conversation)
            look = self._parts.database_first
            if delivery is None or self._leaving:
                if self._answered or self._leaving:
                    return
                await self._posted.wait()
                continue
            wait = delivery.due_at - epoch_now()
            if not is_due(delivery.due_at, epoch_now()):
                if wait > PATIENCE:
                    self.again = min(self.again or wait, wait)
                    return
                await asyncio.sleep(wait)
                continue  # the platform may have confirmed it meanwhile
            async with self._parts.deliveries:
                await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        outbox = self._parts.outbox
        if delivery.message.by_itself and not delivery.parts:
            refusal = await self._parts.database(
                self._parts.rights.refusal, delivery.message.by_itself
            )
            if refusal:
                return await self._parts.database(outbox.settle, delivery, REFUSED, refusal)
        try:
            calls = self._parts.platform.calls(delivery)
            sent = await self._resume(delivery) if delivery.begun else delivery.parts
            for number, call in enumerate(calls[sent:], sent + 1):
                if not await self._hand_over(delivery, number, call):
                    await self._still_ours(delivery, number)
                    with sending_for(self._parts.leases, self._own):
                        await self._send(call)
                if number < len(calls):
                    await self._note(outbox.progress, delivery, number)
            await self._note(outbox.settle, delivery, SENT)
        except Undelivered as error:
            await self._undelivered(delivery, error)

    async def _resume(self, delivery: Delivery) -> int:
        """How many parts arrived of a delivery in whose middle a process ended.

        What it handed to a call of the platform's own arrived, unless the platform called again.

        Raises:
            Undelivered: nobody knows.
        """
        if delivery.message.author == AGENT:
            raise Undelivered(Trouble.UNSURE, "the process ended while it was sent")
        missed = self._parts.platform.called_again(self.conversation)
        sent = delivery.begun - 1 if missed else delivery.begun
        await self._note(self._parts.outbox.progress, delivery, sent)
        return sent

    async def _hand_over(self, delivery: Delivery, number: int, call: Call) -> bool:
        """Answer a call of the platform's own with a part, if one is open; noted as begun before,
        since its arrival is told by what the platform does next, and not by this process."""
        platform, outbox = self._parts.platform, self._parts.outbox
        if not platform.waits_for(self.conversation, call):
            return False
        seconds = retries.CALLED_SECONDS
        await self._parts.database_first(outbox.begin, delivery, number, self._own, seconds)
        if await platform.hand_over(self.conversation, call):
            return True
        await self._note(outbox.progress, delivery, number - 1)
        return False

    async def _note(self, work: Callable[..., None], *given: object) -> None:
        """Note what was sent, at once and however long the database is away: what is not noted is
        sent again."""
        while True:
            try:
                return await self._parts.database_first(work, *given)
            except OperationalError as error:
                logger.warning("a sent message is not noted yet: %s", place_of(error))
            await asyncio.sleep(NOTE_SECONDS)

    async def _still_ours(self, delivery: Delivery, number: int) -> None:
        """Right before a call. What a person wrote is noted as begun: it is not sent twice."""
        if delivery.message.author == AGENT:
            await self._parts.database(self._parts.outbox.begin, delivery, number, self._own)
        elif not self._parts.leases.certain(self._own):
            await self._parts.database(self._parts.leases.verify, self._own)

    async def _send(self, call: Call) -> None:
        try:
            await self._parts.platform.send(self.conversation, call)
        except Undelivered as error:
            if call.instead is None or error.trouble not in (Trouble.WINDOW, Trouble.INVALID):
                raise
            await self._parts.platform.send(self.conversation, call.instead)

    async def _undelivered(self, delivery: Delivery, error: Undelivered) -> None:
        outbox, database = self._parts.outbox, self._parts.database
        if not self._parts.leases.certain(self._own):
            await database(self._parts.leases.verify, self._own)
        confirms = self._parts.platform.confirms
        later = retries.delivery_delay(delivery, error, epoch_now(), confirms)
        given_up = later == FAILED
        say = logger.error if given_up or error.trouble is Trouble.ACCESS else logger.warning
        say("a message was not delivered: %s", error.trouble.value)
        if isinstance(later, str):
            late = error.trouble is Trouble.WINDOW
            instead = self._parts.platform.instead_of(delivery.message) if late else None
            reason = f"{error}{SENT_INSTEAD}" if instead else str(error)
            await database(outbox.settle, delivery, later, reason, instead)
        else:
            await database(outbox.postpone, delivery, later, str(error))
