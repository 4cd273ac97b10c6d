"""The callback of WeCom customer service: it says that there is something to pull."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.connector import MAX_BODY, Connector, PushOutput
from switchboard.channels.pace import Pace
from switchboard.channels.payload import string
from switchboard.channels.platform import Undelivered
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.wecom.wecom_api import open_wecom_api
from switchboard.channels.wecom.wecom_events import ACCOUNT
from switchboard.channels.wecom.wecom_platform import WecomPlatform
from switchboard.channels.wecom.wecom_sessions import WecomSessions
from switchboard.channels.wecom.wecom_sync import WecomSync
from switchboard.channels.weixin.weixin_callback import (
    CallbackRefused,
    CallbackUnread,
    Seal,
    WeixinCallback,
)
from switchboard.failures import place_of
from switchboard.mailroom.inbox import Arrival, Beside
from switchboard.mailroom.outbox import Outbox
from switchboard.mailroom.read_marks import ReadMarks
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import WecomSettings

logger = logging.getLogger(__name__)

PER_SECOND, PER_CHAT = 20.0, 4.0
PATIENCE = 3.0
"""Seconds for which a call waits for what it announces to be stored; WeCom waits five."""


class WecomInput(InputChannel, Connector):
    """WeCom customer service. Its settings are read from the environment alone."""

    def __init__(self, known: WecomSettings) -> None:
        self.known = known
        self._callback = WeixinCallback(known.token, known.encoding_aes_key, known.corp_id)
        self._sync: WecomSync | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @override
    def name(cls) -> str:
        return "wecom"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WecomInput:
        """Missing settings disable only this channel."""
        return cls(rasa_services().settings.wecom)

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        return self.known.missing()

    def _make_platform(self, services: RasaServices, assistant: Assistant) -> WecomPlatform:
        engine = services.engine
        api = open_wecom_api(self.known.api_base, self.known.corp_id, self.known.secret)
        self._sync = WecomSync(api, ReadMarks(engine, self.name()), self._keep)
        return WecomPlatform(
            api,
            WecomSessions(engine, services.replies, assistant, api),
            Outbox(engine, self.name()),
            services.files,
            services.voice_notes,
            Pace(self.name(), PER_SECOND, PER_CHAT, open_limits(services.settings.redis_url)),
        )

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("wecom_webhook")
        self.attach(blueprint, self.name(), on_new_message, self._make_platform, self.missing())

        self._watch_with(blueprint)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if self.missing() else "ok"})

        @blueprint.get("/webhook")
        async def greet(request: Request) -> HTTPResponse:
            try:
                return response.text(self._callback.greet(Seal.of(request.args)))
            except CallbackRefused:
                return response.text("not sealed for us", 403)

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            if len(request.body) > MAX_BODY:
                return response.text("too large", 413)
            try:
                message = self._callback.open(request.body, Seal.of(request.args))
            except CallbackRefused:
                return response.text("not sealed for us", 403)
            except CallbackUnread:
                return response.text("no message", 400)
            return await self._announced(message)

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    def _watch_with(self, blueprint: Blueprint) -> None:
        @blueprint.listener("after_server_start")
        async def watch(_app: Sanic, _loop: object) -> None:
            if self._sync is not None:
                self._begin(self._sync.watch())

        @blueprint.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: object) -> None:
            for task in self._tasks:
                task.cancel()

    async def _announced(self, message: Mapping[str, Any]) -> HTTPResponse:
        account = string(message.get("OpenKfId"))
        if message.get("Event") != "kf_msg_or_event" or not ACCOUNT.fullmatch(account):
            return response.text("success")
        if self._sync is None:
            return response.text("this channel is off", 503)
        # What takes longer goes on: if it fails, the next look finds what is there.
        pulled = self._begin(self._sync.pull(account, string(message.get("Token"))))
        done, _ = await asyncio.wait({pulled}, timeout=PATIENCE)
        failed = bool(done) and (pulled.cancelled() or pulled.exception() is not None)
        return response.text("not kept", 503) if failed else response.text("success")

    async def _keep(self, arrivals: list[Arrival], beside: Beside) -> None:
        if self.dispatcher is not None:
            await self.dispatcher.accept(arrivals, beside=beside)

    def _begin(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Undelivered):
            logger.warning("WeCom gives no messages: %s", error.trouble.value)
        elif error is not None:
            logger.error("WeCom's messages are not kept: %s", place_of(error))
