"""Tells the open pages of a customer, whichever process each is connected to.

A page may be connected to another process than the one that answers. Redis carries what is said
between them at once; what it does not carry (there is none, it is away, it was restarted) each
process finds in the outbox a moment later. A page shows each message once, by its id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from socketio import AsyncServer
from sqlalchemy.exc import SQLAlchemyError

from switchboard.channels.web.web_messages import write_messages
from switchboard.clock import epoch_now
from switchboard.failures import place_of
from switchboard.mailroom.outbox import Outbox

logger = logging.getLogger(__name__)

CHANNEL = "switchboard:pages"
CATCH_UP_SECONDS = 2.0
RECENT_SECONDS = 120.0
"""Older messages are in the history, which a page reads when it connects."""
SECONDS = 0.3
"""For handing one message to Redis."""
AGAIN_SECONDS = 2.0
_MAX_SHOWN = 20_000


class PageBus:
    """The pages that are connected to this process, and a line to the other processes."""

    def __init__(
        self, server: AsyncServer, namespace: str | None, outbox: Outbox, event: str, url: str = ""
    ) -> None:
        self._server, self._namespace, self._event = server, namespace or "/", event
        self._outbox, self._url = outbox, url
        self._me = uuid.uuid4().hex
        self._shown: OrderedDict[str, None] = OrderedDict()
        self._redis: Redis | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to hear other processes."""
        self._tasks = [asyncio.create_task(self._repeat(self._catch_up, CATCH_UP_SECONDS))]
        if self._url:
            self._redis = Redis.from_url(self._url, socket_connect_timeout=SECONDS)
            self._tasks.append(asyncio.create_task(self._repeat(self._listen, AGAIN_SECONDS)))

    async def stop(self) -> None:
        """End, and close the connections."""
        for task in self._tasks:
            task.cancel()
        if self._redis is not None:
            await self._redis.close()

    async def emit(
        self, event: str, data: Mapping[str, Any], room: str, skip_sid: str | None = None
    ) -> None:
        """Tell every page of a conversation, but for `skip_sid`."""
        await self._show(event, data, room, skip_sid)
        if self._redis is None:
            return
        told = json.dumps({"by": self._me, "event": event, "data": data, "room": room})
        try:
            await asyncio.wait_for(self._redis.publish(CHANNEL, told), SECONDS)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            logger.warning("other processes are not told at once: %s", place_of(error))

    async def _show(
        self, event: str, data: Mapping[str, Any], room: str, skip_sid: str | None = None
    ) -> None:
        if event == self._event:
            self._shown[str(data.get("id"))] = None
            if len(self._shown) > _MAX_SHOWN:
                self._shown.popitem(last=False)
        await self._server.emit(
            event, data, room=room, skip_sid=skip_sid, namespace=self._namespace
        )

    async def _repeat(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await work()
            except (RedisError, OSError, SQLAlchemyError) as error:
                logger.warning("other processes are not heard: %s", place_of(error))
            await asyncio.sleep(seconds)

    async def _listen(self) -> None:
        if self._redis is None:
            return
        async with self._redis.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(CHANNEL)
            async for message in heard.listen():
                await self._hear(message["data"])

    async def _hear(self, told: bytes) -> None:
        try:
            said = json.loads(told)
            event, data, room, by = said["event"], said["data"], said["room"], said["by"]
        except (ValueError, KeyError, TypeError) as error:
            logger.warning("not one of ours: %s", place_of(error))
            return
        if by != self._me and room in self._rooms():
            await self._show(event, data, room)

    async def _catch_up(self) -> None:
        """Show what other processes delivered to the pages that are connected here."""
        rooms = [
            room for room in self._rooms() if isinstance(room, str) and room.startswith("web:")
        ]
        if not rooms:
            return
        since = epoch_now() - RECENT_SECONDS
        for delivery in await asyncio.to_thread(self._outbox.sent_since, rooms, since):
            for message in write_messages(delivery):
                if message["id"] not in self._shown:
                    await self._show(self._event, message, delivery.conversation)

    def _rooms(self) -> Mapping[Any, Any]:
        rooms: Mapping[Any, Any] = self._server.manager.rooms.get(self._namespace, {})
        return rooms
