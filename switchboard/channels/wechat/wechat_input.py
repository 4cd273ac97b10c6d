"""The callback of an official account: verifies, opens, stores, and answers in time if it can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.connector import MAX_BODY, Connector, PushOutput
from switchboard.channels.pace import Pace
from switchboard.channels.payload import string
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.wechat import wechat_passive
from switchboard.channels.wechat.wechat_api import open_wechat_api
from switchboard.channels.wechat.wechat_events import read_wechat_arrival
from switchboard.channels.wechat.wechat_messages import write_reply
from switchboard.channels.wechat.wechat_passive import PassiveReplies, PassiveTry, PassiveWindow
from switchboard.channels.wechat.wechat_platform import WechatPlatform
from switchboard.channels.weixin.weixin_callback import (
    CallbackRefused,
    CallbackUnread,
    Seal,
    WeixinCallback,
)
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import WechatSettings

PER_SECOND, PER_CHAT = 20.0, 4.0
STORE_SECONDS = 0.5
"""Between tries to store a message."""
TAKEN = "success"
"""What tells WeChat that nothing is to be shown, and that it need not call again."""


class WechatInput(InputChannel, Connector):
    """An official account. Its settings are read from the environment alone."""

    def __init__(self, known: WechatSettings) -> None:
        self.known = known
        self._passive = PassiveReplies()
        self._callback = WeixinCallback(known.token, known.encoding_aes_key, known.app_id)

    @classmethod
    @override
    def name(cls) -> str:
        return "wechat"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WechatInput:
        """Missing settings disable only this channel."""
        return cls(rasa_services().settings.wechat)

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        return self.known.missing()

    def _make_platform(self, services: RasaServices, _assistant: Assistant) -> WechatPlatform:
        return WechatPlatform(
            open_wechat_api(self.known.api_base, self.known.app_id, self.known.app_secret),
            self._passive,
            Outbox(services.engine, self.name()),
            services.files,
            services.voice_notes,
            Pace(self.name(), PER_SECOND, PER_CHAT, open_limits(services.settings.redis_url)),
        )

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("wechat_webhook")
        self.attach(blueprint, self.name(), on_new_message, self._make_platform, self.missing())

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if self.missing() else "ok"})

        @blueprint.get("/webhook")
        async def greet(request: Request) -> HTTPResponse:
            try:
                return response.text(self._callback.greet(Seal.of(request.args)))
            except CallbackRefused:
                return response.text("not signed by the token", 403)

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse | None:
            started = time.monotonic()
            if len(request.body) > MAX_BODY:
                return response.text("too large", 413)
            seal = Seal.of(request.args)
            try:
                message = self._callback.open(request.body, seal)
            except CallbackRefused:
                return response.text("not signed by the token", 403)
            except CallbackUnread:
                return response.text("no message", 400)
            arrival = read_wechat_arrival(self.known.app_id, message)
            if arrival is None:
                return response.text(TAKEN)
            return await self._answer(request, message, arrival, seal, started)

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    async def _answer(
        self,
        request: Request,
        message: Mapping[str, Any],
        arrival: Arrival,
        seal: Seal,
        started: float,
    ) -> HTTPResponse | None:
        """The answer to a call; None when it is written already."""
        window = self._passive.open(arrival.event_id, arrival.conversation)
        first = window.tries == 0
        if window.answer:  # the call that took it did not reach WeChat
            await self._write(request, message, window.answer, seal)
            return None
        call = window.begin()
        try:
            kept = await self.keep([arrival])
            if isinstance(kept, HTTPResponse):
                kept = await self._keep_later(arrival, kept, window, started)
                if isinstance(kept, HTTPResponse):
                    return kept
            else:
                window.known = window.known or (first and not kept)
            answer = await self._wait(window, call, started)
            if not answer:
                return response.text(TAKEN)
            await self._write(request, message, answer, seal)
            call.wrote(True)
            return None
        finally:
            call.wrote(False)
            window.leave(call)

    async def _keep_later(
        self, arrival: Arrival, refusal: HTTPResponse, window: PassiveWindow, started: float
    ) -> list[str] | HTTPResponse:
        """Store what could not be stored, while WeChat waits. It calls again only when it gets no
        answer: an error would be shown to the customer, and the message be lost."""
        if self.missing():
            return refusal
        while time.monotonic() < started + wechat_passive.WAIT_SECONDS - STORE_SECONDS:
            await asyncio.sleep(STORE_SECONDS)
            kept = await self.keep([arrival])
            if not isinstance(kept, HTTPResponse):
                return kept
        if window.is_last:
            window.close()
        else:
            await self._until_cut(started)
        return refusal

    async def _until_cut(self, started: float) -> None:
        """Hold a call until WeChat goes, and calls again."""
        await asyncio.sleep(max(started + wechat_passive.CUT_SECONDS - time.monotonic(), 0.0))

    async def _wait(self, window: PassiveWindow, call: PassiveTry, started: float) -> str:
        """The answer to give; empty if there is none, or none in time."""
        if window.closed:
            return ""
        left = started + wechat_passive.WAIT_SECONDS - time.monotonic()
        await asyncio.wait({call.handed}, timeout=max(left, 0.0))
        if call.handed.done():
            return call.handed.result()
        window.leave(call)
        if window.is_last:
            window.close()
        else:
            await self._until_cut(started)
        return ""

    async def _write(
        self, request: Request, message: Mapping[str, Any], answer: str, seal: Seal
    ) -> None:
        """Write a passive reply; when this returns, it was handed to the connection."""
        people = [string(message.get(name)) for name in ("FromUserName", "ToUserName")]
        xml = write_reply(people[0], people[1], int(epoch_now()), answer)
        written = await request.respond(content_type="text/xml; charset=utf-8")
        await written.send(self._callback.close(xml, seal.nonce).encode(), end_stream=True)
