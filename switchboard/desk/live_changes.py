"""Server-sent change events for all open pages, from one database poll."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, outbox, ticket_entries, tickets
from switchboard.failures import place_of

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
CHECK_ROUNDS = 4
"""Polls after which it is seen who is signed in still: once a second."""
_CHANGED = "event: changed\ndata: now\n\n"
BEAT_SECONDS = 15.0
"""Seconds between keep-alive lines, by which proxies keep and pages check the connection."""


def _count(column: sa.Column, condition: sa.sql.ColumnElement) -> sa.sql.ColumnElement:
    return sa.select(sa.func.count(column)).where(condition).scalar_subquery()


_STAMP = sa.select(
    sa.select(sa.func.max(events.c.id)).scalar_subquery(),
    sa.select(sa.func.max(ticket_entries.c.id)).scalar_subquery(),
    sa.select(sa.func.max(tickets.c.id)).scalar_subquery(),
    _count(tickets.c.id, tickets.c.resolved_at.is_(None)),
    _count(outbox.c.id, outbox.c.waiting_for.is_not(None)),
    _count(outbox.c.id, outbox.c.state.in_(["refused", "failed"])),
)


class Changes:
    """Polls the database while at least one page listens.

    `still_in` tells those of some sign-ins' tokens whose people are signed in still.
    """

    def __init__(self, engine: Engine, still_in: Callable[[Iterable[str]], set[str]]) -> None:
        self._engine, self._still_in = engine, still_in
        self._listeners: dict[asyncio.Queue[str], str] = {}
        self._task: asyncio.Task[None] | None = None

    async def listen(self, token: str) -> AsyncIterator[str]:
        """The lines of a server-sent event stream, which lasts as long as its sign-in."""
        queue: asyncio.Queue[str] = asyncio.Queue(4)
        self._listeners[queue] = token
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        try:
            yield _CHANGED  # the page reloads what it may have missed
            while queue in self._listeners or not queue.empty():
                try:
                    yield await asyncio.wait_for(queue.get(), BEAT_SECONDS)
                except asyncio.TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners.pop(queue, None)

    async def _poll(self) -> None:
        before: tuple[object, ...] | None = None
        rounds = 0
        while self._listeners:
            try:
                if rounds % CHECK_ROUNDS == 0:
                    await self._let_go()
                stamp = await asyncio.to_thread(self._stamp)
                line = "" if stamp == before else _CHANGED
                before = stamp
            except Exception as error:  # the pages show that they are out of date
                logger.error("changes cannot be seen: %s", place_of(error))
                line, before = "event: trouble\ndata: database\n\n", None
            for queue in self._listeners if line else ():
                with contextlib.suppress(asyncio.QueueFull):  # a change event is queued already
                    queue.put_nowait(line)
            rounds += 1
            await asyncio.sleep(POLL_SECONDS)

    async def _let_go(self) -> None:
        """End the streams of those who are signed in no more."""
        tokens = set(self._listeners.values())
        gone = tokens - await asyncio.to_thread(self._still_in, tokens)
        for queue in [one for one, token in self._listeners.items() if token in gone]:
            del self._listeners[queue]
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait("event: over\ndata: now\n\n")

    def _stamp(self) -> tuple[object, ...]:
        with self._engine.connect() as db:
            return tuple(db.execute(_STAMP).one())
