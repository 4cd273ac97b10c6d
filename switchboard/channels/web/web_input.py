"""The web chat over Rasa's socket channel; loses nothing on a reload or a restart.

The browser sends `session_request` with its token and gets `session_confirm` and `session_history`;
then `user_uttered`, which is acknowledged once stored and resent until then.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import OutputChannel, decode_bearer_token
from rasa.core.channels.socketio import SocketBlueprint
from rasa.core.channels.socketio import SocketIOInput as RasaSocketIOInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from socketio import AsyncServer
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels.assistant import OnNewMessage
from switchboard.channels.connector import Connector, PushOutput
from switchboard.channels.web.web_platform import MAX_PICTURE, WebPlatform
from switchboard.channels.web.web_sessions import RateLimit, conversation_of, read_token
from switchboard.channels.web.widget_pages import serve_pages
from switchboard.conversations.log import ConversationLog
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services

logger = logging.getLogger(__name__)

MAX_TEXT = 20_000
SESSIONS_A_MINUTE = 30
_BUFFER = MAX_PICTURE + 100_000


class SocketIOInput(RasaSocketIOInput, Connector):
    """Replaces Rasa's class: same name, events and keys in `credentials.yml`."""

    _platform: WebPlatform | None = None

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        services = rasa_services()
        settings = services.settings
        self.sio = AsyncServer(
            async_mode="sanic",
            cors_allowed_origins=lambda origin, environ: allows(
                settings.web.origins, origin, environ.get("HTTP_HOST", "")
            ),
            max_http_buffer_size=_BUFFER,
        )
        blueprint = SocketBlueprint(self.sio, self.socketio_path, "socketio_webhook")

        def make_platform(services: RasaServices, _assistant: object) -> WebPlatform:
            engine = services.engine
            self._platform = WebPlatform(
                lambda: self.sio,
                self.namespace,
                self.bot_message_evt,
                Inbox(engine, self.name()),
                Outbox(engine, self.name()),
                ConversationLog(engine),
            )
            return self._platform

        self.attach(blueprint, self.name(), on_new_message, make_platform, ())
        serve_pages(blueprint, services)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        self._listen(
            RateLimit(settings.web.messages_a_minute), RateLimit(SESSIONS_A_MINUTE), self.sio
        )
        return blueprint

    def _listen(self, messages: RateLimit, sessions: RateLimit, sio: AsyncServer) -> None:
        @sio.on("connect", namespace=self.namespace)
        async def connect(_sid: str, _environ: object, auth: object) -> bool:
            return not self.jwt_key or self._is_let_in(auth)

        @sio.on("session_request", namespace=self.namespace)
        async def begin(sid: str, data: object = None) -> None:
            given = data.get("session_id") if isinstance(data, Mapping) else None
            token = read_token(given)
            if sessions.wait(sid):
                return
            # Room first: a message sent meanwhile then arrives twice rather than never, and the
            # page recognises its id.
            sio.enter_room(sid, conversation_of(token), namespace=self.namespace)
            origin = origin_of(sio.get_environ(sid, namespace=self.namespace) or {})
            session = {"token": token, "origin": origin}
            await sio.save_session(sid, session, namespace=self.namespace)
            await sio.emit("session_confirm", token, room=sid, namespace=self.namespace)
            history = await self._history(conversation_of(token)) if token == given else []
            await sio.emit("session_history", history, room=sid, namespace=self.namespace)

        @sio.on(self.user_message_evt, namespace=self.namespace)
        async def hear(sid: str, data: object = None) -> dict[str, Any]:
            session = await sio.get_session(sid, namespace=self.namespace)
            token = session.get("token")
            if not token or not isinstance(data, Mapping):
                return {"error": "no session"}
            origin = str(session.get("origin") or "")
            return await self._take(conversation_of(token), data, messages, origin)

    async def _take(
        self, conversation: str, data: Mapping[str, Any], limit: RateLimit, origin: str
    ) -> dict[str, Any]:
        """Store a message; returns the acknowledgement for the page."""
        text = data.get("message") or ""
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            return {"error": "too long"}
        number = data.get("message_id")
        if not isinstance(number, str) or not number:
            return {"error": "no message_id"}
        wait = limit.wait(conversation)
        if wait:
            return {"error": "too many", "seconds": round(wait, 1)}
        # The page chooses the ids, so they are unique only within the conversation.
        event = hashlib.sha256(f"{conversation} {number}".encode()).hexdigest()
        payload = {
            "message": text,
            "metadata": data.get(self.metadata_key),
            "id": number[:64],
            "origin": origin,
        }
        kept = await self.accept([Arrival(event, conversation, payload)])
        return {} if kept.status == 200 else {"error": "not kept"}

    async def _history(self, conversation: str) -> list[dict[str, Any]]:
        if self.dispatcher is None or self._platform is None:
            return []
        try:
            return await self.dispatcher.parts.database(self._platform.history, conversation)
        except SQLAlchemyError as error:
            logger.error("no history to show: %s", type(error).__name__)
            return []

    def _is_let_in(self, auth: object) -> bool:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        return bool(token and decode_bearer_token(token, self.jwt_key, self.jwt_algorithm))


def origin_of(environ: Mapping[str, Any]) -> str:
    """A digest of the network address that a page writes from, by which wrong tries to prove an
    identity are counted; empty where it is this machine's, as behind a proxy that Sanic has not
    been told of (`SANIC_PROXIES_COUNT`)."""
    request = environ.get("sanic.request")
    address = str(getattr(request, "remote_addr", "") or getattr(request, "ip", "") or "")
    if not address or address in ("::1", "unix") or address.startswith("127."):
        return ""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def allows(origins: tuple[str, ...], origin: str | None, host: str) -> bool:
    """Whether a page may open the chat: a listed origin, or this server's own.

    A request without an origin comes from no other site's page: browsers always send it then.
    """
    return origin is None or origin.rstrip("/") in origins or urlsplit(origin).netloc == host
