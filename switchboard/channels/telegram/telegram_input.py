"""Receives Telegram updates by webhook or polling, and stores them before processing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.core.channels.telegram import TelegramInput as RasaTelegramInput
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.connector import MAX_BODY, Connector, PushOutput, read_body, same_secret
from switchboard.channels.pace import Pace
from switchboard.channels.payload import mappings
from switchboard.channels.platform import Undelivered
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.telegram.bot_api import TelegramApi
from switchboard.channels.telegram.telegram_arrivals import read_arrival, update_number
from switchboard.channels.telegram.telegram_groups import GroupNotice
from switchboard.channels.telegram.telegram_platform import TelegramPlatform
from switchboard.channels.telegram.telegram_updates import UPDATES
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import TelegramSettings

logger = logging.getLogger(__name__)

POLL_SECONDS = 25
_PAUSE = 3.0

PER_SECOND, PER_CHAT = 28.0, 1.5
"""Telegram's limits are 30 a second overall and about one a second per chat, with short bursts."""


class TelegramInput(RasaTelegramInput, Connector):
    """Replaces Rasa's class: same name, same keys in `credentials.yml`.

    Keys absent there are read from the environment: `TELEGRAM_BOT_TOKEN`, `TELEGRAM_SECRET_TOKEN`.
    Telegram is not called before there is something to send.
    """

    settings: TelegramSettings

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TelegramInput:
        """Missing settings disable only this channel."""
        given, known = credentials or {}, rasa_services().settings.telegram
        channel = cls(
            given.get("access_token") or known.bot_token,
            given.get("verify"),
            given.get("webhook_url") or known.webhook_url,
        )
        channel.settings = known
        return channel

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        wanted: dict[str, object] = {"TELEGRAM_BOT_TOKEN": self.access_token}
        if not self.settings.polling:
            wanted["TELEGRAM_SECRET_TOKEN"] = self.settings.secret_token
        return [name for name, value in wanted.items() if not value]

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("telegram_webhook")
        api = TelegramApi(self.settings.api_base, self.access_token or "")

        def make_platform(services: RasaServices, _: Assistant) -> TelegramPlatform:
            outbox = Outbox(services.engine, self.name())
            groups = GroupNotice(api, outbox, services.phrasebook)
            names = services.settings.customer_names
            shared = open_limits(services.settings.redis_url)
            pace = Pace(self.name(), PER_SECOND, PER_CHAT, shared)
            files, notes = services.files, services.voice_notes
            return TelegramPlatform(api, outbox, groups, names, files, notes, pace)

        self.attach(blueprint, self.name(), on_new_message, make_platform, self.missing())
        if self.settings.polling and not self.missing():
            self._poll_with(blueprint, api)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if self.missing() else "ok"})

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            if len(request.body) > MAX_BODY:
                return response.text("too large", 413)
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token") or ""
            secret = self.settings.secret_token
            if not secret or not same_secret(given, secret):
                return response.text("not the webhook's secret", 403)
            update = read_body(request)
            if update is None:
                return response.text("no JSON object", 400)
            arrival = read_arrival(update)
            return await self.accept([arrival] if arrival else [])

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    def _poll_with(self, blueprint: Blueprint, api: TelegramApi) -> None:
        polling: list[asyncio.Task[None]] = []

        @blueprint.listener("after_server_start")
        async def start(_app: Sanic, _loop: object) -> None:
            polling.append(asyncio.create_task(self._poll(api)))

        @blueprint.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: object) -> None:
            for task in polling:
                task.cancel()

    async def _poll(self, api: TelegramApi) -> None:
        """Poll for updates until the server stops; an update is fetched again unless stored."""
        offset, fresh = 0, True
        while True:
            try:
                if fresh:  # Telegram gives no updates while a webhook is set
                    await api.call("deleteWebhook", {})
                    fresh = False
                body = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": UPDATES}
                updates = await api.call("getUpdates", body, seconds=POLL_SECONDS + 10)
                offset = await self._keep(updates, offset)
            except Undelivered as error:
                logger.warning("Telegram gives no updates: %s", error)
                fresh = True
                await asyncio.sleep(max(_PAUSE, error.retry_after))

    async def _keep(self, updates: Any, offset: int) -> int:
        listed = mappings(updates)
        arrivals = [arrival for update in listed if (arrival := read_arrival(update))]
        if (await self.accept(arrivals)).status != 200:
            await asyncio.sleep(_PAUSE)
            return offset
        numbers = (update_number(update) for update in listed)
        return max([offset, *(number + 1 for number in numbers if number is not None)])
