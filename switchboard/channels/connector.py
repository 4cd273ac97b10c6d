"""Shared parts of the channels: lifecycle, and the response to deliveries."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Sequence
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels import attending
from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.dispatcher import Dispatcher
from switchboard.channels.lane import ChannelTexts
from switchboard.channels.platform import Platform
from switchboard.errors import InboxFull
from switchboard.failures import place_of
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Outgoing, read_response
from switchboard.mailroom.outbox import PartReceipt
from switchboard.mailroom.pacing import receiving
from switchboard.owner_only import tighten_folder
from switchboard.private_logs import keep_private
from switchboard.project import VAR
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.shop.speech import Phrasebook

logger = logging.getLogger(__name__)

MAX_BODY = 1_000_000
STOP_SECONDS = 16.0
"""For turns in work when the server ends: an action may take 15."""
_LATER = {"Retry-After": "5"}


def channel_texts(phrasebook: Phrasebook) -> ChannelTexts:
    """What a channel says by itself, in both languages since the customer's is not known."""

    def say(name: str) -> Outgoing:
        words = (phrasebook.speak(code).word("channels", name) for code in ("en", "zh"))
        return Outgoing("\n".join(words))

    return ChannelTexts(say("apology"), say("one_moment"))


class PushOutput(OutputChannel):
    """Sends messages that answer no turn: reminders, and Rasa's HTTP API."""

    def __init__(self, connector: Connector, channel: str) -> None:
        self._connector, self._channel = connector, channel

    @override
    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Add the message to the outbox."""
        if self._connector.dispatcher is not None:
            await self._connector.dispatcher.post(recipient_id, [read_response(message)])


class Connector:
    """Owns a channel's dispatcher while the server runs."""

    dispatcher: Dispatcher | None = None

    def attach(
        self,
        blueprint: Blueprint,
        channel: str,
        on_new_message: OnNewMessage,
        make_platform: Callable[[RasaServices, Assistant], Platform],
        missing: Sequence[str],
    ) -> None:
        """Start and stop with the server; if settings are `missing`, report it and stay off."""

        @blueprint.listener("main_process_start")
        async def begin(_app: Sanic, _loop: object) -> None:
            keep_private(rasa_services().settings.log_words)
            tighten_folder(VAR)  # `rasa run` is started by other supervisors too

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, _loop: object) -> None:
            if missing:
                names = ", ".join(missing)
                logger.info("%s is off, for want of %s", channel, names)
                return

            def agent() -> Agent | None:
                return getattr(app.ctx, "agent", None)

            services = rasa_services()
            assistant = Assistant(channel, on_new_message, agent)
            platform = make_platform(services, assistant)
            self.dispatcher = Dispatcher(
                channel, services.engine, platform, assistant, channel_texts(services.phrasebook)
            )
            self.dispatcher.start()
            attending.attend(app, services)

        @blueprint.listener("before_server_stop")
        async def stop(app: Sanic, _loop: object) -> None:
            attending.leave(app)
            if self.dispatcher is not None:
                await self.dispatcher.stop(STOP_SECONDS)

    async def accept(
        self, arrivals: Sequence[Arrival], receipts: Sequence[PartReceipt] = ()
    ) -> HTTPResponse:
        """Store a delivery; only then is it acknowledged."""
        if self.dispatcher is None:
            return response.text("this channel is off", 503, headers=_LATER)
        try:
            with receiving():
                await self.dispatcher.accept(arrivals, receipts)
        except InboxFull:
            return response.text("too much waits", 503, headers=_LATER)
        except (SQLAlchemyError, asyncio.TimeoutError) as error:
            logger.error("not kept in time, so not acknowledged: %s", place_of(error))
            return response.text("not kept", 503, headers=_LATER)
        return response.text("ok")


def same_secret(given: str, known: str) -> bool:
    """Whether a caller's secret is right, in constant time, for any bytes in the header."""
    one, other = (text.encode("utf-8", "surrogatepass") for text in (given, known))
    return hmac.compare_digest(one, other)


def read_body(request: Request) -> dict[str, Any] | None:
    """A request's JSON object; None for anything else."""
    try:
        body = request.json
    except Exception:  # Sanic's own error for invalid JSON, RecursionError for deep nesting
        return None
    return body if isinstance(body, dict) else None
