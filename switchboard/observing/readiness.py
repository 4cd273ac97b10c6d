"""Whether a process can do its work: each part that it stands on, and a word for what is wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from switchboard.database.compatibility import State, how_it_fits
from switchboard.database.connection import REVISION
from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.project import PROJECT
from switchboard.settings import Settings

logger = logging.getLogger(__name__)

OK = "ok"
Check = Callable[[], Awaitable[str]]


class Readiness:
    """The checks of a process. Each gets so many seconds; one that still runs is not begun again,
    and what was found is told for a moment, so that no caller can make them a burden."""

    def __init__(self, parts: Mapping[str, Check], seconds: float = 2.0, kept: float = 1.0) -> None:
        self._parts, self._seconds, self._kept = parts, seconds, kept
        self._running: dict[str, asyncio.Future[str]] = {}
        self._found: dict[str, str] = {}
        self._found_at = float("-inf")

    async def look(self) -> tuple[int, dict[str, str]]:
        """HTTP's status, 200 or 503, and the word for each part."""
        if monotonic() - self._found_at > self._kept:
            words = await asyncio.gather(*map(self._ask, self._parts))
            self._found = dict(zip(self._parts, words, strict=True))
            self._found_at = monotonic()
        return (200 if set(self._found.values()) <= {OK} else 503), self._found

    async def _ask(self, part: str) -> str:
        running = self._running.get(part)
        if running is None:
            running = self._running[part] = asyncio.ensure_future(self._parts[part]())
        done, _ = await asyncio.wait({running}, timeout=self._seconds)
        if not done:
            return "slow"
        self._running.pop(part, None)
        if running.cancelled() or running.exception() is not None:
            error = None if running.cancelled() else running.exception()
            logger.error("%s cannot be checked: %s", part, error and place_of(error))
            return "failed"
        return running.result()


def check_database(open_engine: Callable[[], Engine]) -> Check:
    """`unreachable`, or `wrong_revision` where this code cannot work on it as it is."""

    def look() -> str:
        try:
            with open_engine().connect() as db:
                state = how_it_fits(db, REVISION).state
        except SQLAlchemyError:
            return "unreachable"
        return OK if state in (State.CURRENT, State.NEWER) else "wrong_revision"

    return lambda: asyncio.to_thread(look)


def check_orders(settings: Settings) -> Check:
    """`not_configured` where there is neither the address of an order system nor a demo shop."""

    async def look() -> str:
        scheme, _, path = settings.orders_url.partition(":///")
        if settings.orders_url.startswith(("http://", "https://")):
            return OK
        there = scheme == "sqlite" and (PROJECT / path).is_file()
        return OK if there else "not_configured"

    return look


def check_services(open_services: Callable[[], object]) -> Check:
    """`wrong_setting` where the services of a process cannot be made from what is configured."""

    def look() -> str:
        try:
            open_services()
        except ConfigurationError:
            return "wrong_setting"
        except SQLAlchemyError:
            return "no_database"
        return OK

    return lambda: asyncio.to_thread(look)
