"""The web chat over Rasa's socket channel; loses nothing on a reload or a restart.

The browser sends `session_request` with its token and gets `session_confirm` and `session_history`;
then `user_uttered`, which is acknowledged once stored and resent until then. Its other pages hear
of it by `customer_uttered`. `customer_typing` is for the person who has the conversation;
`session_end` forgets what was proved in it, and `session_rating` keeps how it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import OutputChannel, decode_bearer_token
from rasa.core.channels.socketio import SocketBlueprint
from rasa.core.channels.socketio import SocketIOInput as RasaSocketIOInput
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from socketio import AsyncServer
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels.assistant import OnNewMessage
from switchboard.channels.connector import Connector, PushOutput
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.web.file_pages import serve_files
from switchboard.channels.web.page_bus import PageBus
from switchboard.channels.web.side_events import WebSideEvents
from switchboard.channels.web.web_limits import WebLimits
from switchboard.channels.web.web_platform import TYPING, WebPlatform, waiting_entry
from switchboard.channels.web.web_sessions import conversation_of, origin_of, read_token
from switchboard.channels.web.widget_pages import serve_pages
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.presence import Presence
from switchboard.errors import ConfigurationError, TicketError
from switchboard.failures import place_of
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services

logger = logging.getLogger(__name__)

MAX_TEXT = 20_000
_BUFFER = 200_000


class SocketIOInput(RasaSocketIOInput, Connector):
    """Replaces Rasa's class: same name, events and keys in `credentials.yml`."""

    _platform: WebPlatform | None = None
    _pages: PageBus
    _limits: WebLimits

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        services = rasa_services()
        settings = services.settings
        if settings.servers.sanic_workers > 1:
            raise ConfigurationError(
                "SANIC_WORKERS: the page's chat cannot tell forked workers apart; start several "
                "Rasa servers on ports of their own instead (docs/deployment.md)"
            )
        self.sio = AsyncServer(
            async_mode="sanic",
            cors_allowed_origins=lambda origin, environ: allows(
                settings.web.origins, origin, environ.get("HTTP_HOST", "")
            ),
            max_http_buffer_size=_BUFFER,
        )
        blueprint = SocketBlueprint(self.sio, self.socketio_path, "socketio_webhook")

        def make_platform(services: RasaServices, _assistant: object) -> WebPlatform:
            engine, outbox = services.engine, Outbox(services.engine, self.name())
            event = self.bot_message_evt
            self._pages = PageBus(self.sio, self.namespace, outbox, event, settings.redis_url)
            self._pages.start()
            self._platform = WebPlatform(
                self._pages,
                event,
                Inbox(engine, self.name()),
                outbox,
                ConversationLog(engine),
                services.files,
                services.voice_notes,
            )
            return self._platform

        self.attach(blueprint, self.name(), on_new_message, make_platform, ())
        serve_pages(blueprint, services)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        self._limits = WebLimits(settings.web.messages_a_minute, open_limits(settings.redis_url))
        serve_files(blueprint, services, self._limits)
        self._listen(self.sio)
        self._listen_beside(services, self.sio)
        typing: list[asyncio.Task[None]] = []

        @blueprint.listener("after_server_start")
        async def start(_app: Sanic, _loop: object) -> None:
            typing.append(asyncio.create_task(self._show_agents_typing(services, self.sio)))

        @blueprint.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: object) -> None:
            for task in typing:
                task.cancel()

        return blueprint

    def _listen_beside(self, services: RasaServices, sio: AsyncServer) -> None:
        """What is no message: typing, the end of a conversation, a rating; and agents' typing."""
        endings = WebSideEvents(services)

        async def conversation(sid: str) -> str:
            session = await sio.get_session(sid, namespace=self.namespace)
            token = session.get("token")
            return "" if not token or await self._limits.event(sid) else conversation_of(token)

        async def quietly(work: Callable[..., Any], *given: Any) -> dict[str, Any]:
            try:
                await asyncio.to_thread(work, *given)
            except (SQLAlchemyError, TicketError) as error:
                logger.error("not kept: %s", place_of(error))
                return {"error": "not kept"}
            return {}

        @sio.on("customer_typing", namespace=self.namespace)
        async def type_in(sid: str, *_data: object) -> None:
            room = await conversation(sid)
            if room:
                await quietly(endings.typing, room)

        @sio.on("session_end", namespace=self.namespace)
        async def end(sid: str, *_data: object) -> dict[str, Any]:
            room = await conversation(sid)
            if not room:
                return {"error": "no session"}
            sio.leave_room(sid, room, namespace=self.namespace)
            await sio.save_session(sid, {}, namespace=self.namespace)
            return await quietly(endings.end, room)

        @sio.on("session_rating", namespace=self.namespace)
        async def rate(sid: str, data: object = None, *_more: object) -> dict[str, Any]:
            room = await conversation(sid)
            if not room or not isinstance(data, Mapping):
                return {"error": "no session"}
            return await quietly(endings.rate, room, data)

    async def _show_agents_typing(self, services: RasaServices, sio: AsyncServer) -> None:
        """Tell pages, once a second, which of the shop's people are typing to them."""
        while True:
            await asyncio.sleep(1.0)
            try:
                typing = await asyncio.to_thread(Presence(services.engine).agents_typing, "web:")
                for one in typing:
                    await sio.emit(
                        TYPING,
                        {"agent": one.name},
                        room=one.conversation_id,
                        namespace=self.namespace,
                    )
            except SQLAlchemyError as error:
                logger.error("typing is not shown: %s", place_of(error))

    def _listen(self, sio: AsyncServer) -> None:
        @sio.on("connect", namespace=self.namespace)
        async def connect(_sid: str, _environ: object, auth: object = None) -> bool:
            return not self.jwt_key or self._is_let_in(auth)

        @sio.on("session_request", namespace=self.namespace)
        async def begin(sid: str, data: object = None, *_more: object) -> None:
            given = data.get("session_id") if isinstance(data, Mapping) else None
            token = read_token(given)
            environ = sio.get_environ(sid, namespace=self.namespace) or {}
            origin = origin_of(environ.get("sanic.request"))
            if await self._limits.session(sid, origin):
                return
            # Room first: a message sent meanwhile then arrives twice rather than never, and the
            # page recognises its id.
            sio.enter_room(sid, conversation_of(token), namespace=self.namespace)
            session = {"token": token, "origin": origin}
            await sio.save_session(sid, session, namespace=self.namespace)
            await sio.emit("session_confirm", token, room=sid, namespace=self.namespace)
            history = await self._history(conversation_of(token)) if token == given else []
            await sio.emit("session_history", history, room=sid, namespace=self.namespace)

        @sio.on(self.user_message_evt, namespace=self.namespace)
        async def hear(sid: str, data: object = None, *_more: object) -> dict[str, Any]:
            session = await sio.get_session(sid, namespace=self.namespace)
            token = session.get("token")
            if not token or not isinstance(data, Mapping):
                return {"error": "no session"}
            origin = str(session.get("origin") or "")
            answer, shown = await self._take(conversation_of(token), data, origin)
            if shown is not None:
                room = conversation_of(token)
                await self._pages.emit("customer_uttered", shown, room, skip_sid=sid)
            return answer

    async def _take(
        self, conversation: str, data: Mapping[str, Any], origin: str
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Store a message: the acknowledgement for the page, and the line for its other pages."""
        text = data.get("message") or ""
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            return {"error": "too long"}, None
        number = data.get("message_id")
        if not isinstance(number, str) or not number:
            return {"error": "no message_id"}, None
        wait = await self._limits.message(conversation, origin)
        if wait:
            return {"error": "too many", "seconds": round(wait, 1)}, None
        # The page chooses the ids, so they are unique only within the conversation.
        event = hashlib.sha256(f"{conversation} {number}".encode()).hexdigest()
        payload = {
            "message": text,
            "metadata": data.get(self.metadata_key),
            "id": number[:64],
            "origin": origin,
        }
        try:
            payload["attachments"] = await self._attachments(conversation, data)
        except SQLAlchemyError:
            return {"error": "not kept"}, None
        arrival = Arrival(event, conversation, payload, origin=origin)
        kept = await self.accept([arrival])
        return ({}, waiting_entry(arrival)) if kept.status == 200 else ({"error": "not kept"}, None)

    async def _attachments(
        self, conversation: str, data: Mapping[str, Any]
    ) -> list[dict[str, str]]:
        given = data.get("file")
        if not given or self.dispatcher is None or self._platform is None:
            return []
        return await self.dispatcher.parts.database(self._platform.attach, conversation, given)

    async def _history(self, conversation: str) -> list[dict[str, Any]]:
        if self.dispatcher is None or self._platform is None:
            return []
        try:
            return await self.dispatcher.parts.database(self._platform.history, conversation)
        except SQLAlchemyError as error:
            logger.error("no history to show: %s", place_of(error))
            return []

    def _is_let_in(self, auth: object) -> bool:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        return bool(token and decode_bearer_token(token, self.jwt_key, self.jwt_algorithm))


def allows(origins: tuple[str, ...], origin: str | None, host: str) -> bool:
    """Whether a page may open the chat: a listed origin, or this server's own.

    A request without an origin comes from no other site's page: browsers always send it then.
    """
    return origin is None or origin.rstrip("/") in origins or urlsplit(origin).netloc == host
