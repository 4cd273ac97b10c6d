"""Server-sent change events for all open pages, from one database poll."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, outbox, ticket_entries, tickets
from switchboard.failures import place_of

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
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
    """Polls the database while at least one page listens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._listeners: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None

    async def listen(self) -> AsyncIterator[str]:
        """The lines of an endless server-sent event stream."""
        queue: asyncio.Queue[str] = asyncio.Queue(4)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        try:
            yield "event: changed\ndata: now\n\n"  # the page reloads what it may have missed
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), BEAT_SECONDS)
                except asyncio.TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners.discard(queue)

    async def _poll(self) -> None:
        before: tuple[object, ...] | None = None
        while self._listeners:
            try:
                stamp = await asyncio.to_thread(self._stamp)
                line = "" if stamp == before else "event: changed\ndata: now\n\n"
                before = stamp
            except Exception as error:  # the pages show that they are out of date
                logger.error("changes cannot be seen: %s", place_of(error))
                line, before = "event: trouble\ndata: database\n\n", None
            for queue in self._listeners if line else ():
                with contextlib.suppress(asyncio.QueueFull):  # a change event is queued already
                    queue.put_nowait(line)
            await asyncio.sleep(POLL_SECONDS)

    def _stamp(self) -> tuple[object, ...]:
        with self._engine.connect() as db:
            return tuple(db.execute(_STAMP).one())
