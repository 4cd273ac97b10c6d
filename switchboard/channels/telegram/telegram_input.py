"""Receives Telegram updates by webhook or polling, and stores them before processing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.core.channels.telegram import TelegramInput as RasaTelegramInput
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import OnNewMessage
from switchboard.channels.connector import MAX_BODY, Connector, PushOutput, read_body, same_secret
from switchboard.channels.pace import Pace
from switchboard.channels.platform import Undelivered
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.telegram.telegram_platform import TelegramApi, TelegramPlatform
from switchboard.channels.telegram.telegram_updates import UPDATES, read_arrival
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import rasa_services
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
        self.attach(
            blueprint,
            self.name(),
            on_new_message,
            lambda services, _: TelegramPlatform(
                api,
                Outbox(services.engine, self.name()),
                services.settings.customer_names,
                services.files,
                Pace(self.name(), PER_SECOND, PER_CHAT, open_limits(services.settings.redis_url)),
            ),
            self.missing(),
        )
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
                logger.warning("Telegram gives no updates: %s", error.trouble.value)
                fresh = True
                await asyncio.sleep(max(_PAUSE, error.retry_after))

    async def _keep(self, updates: Any, offset: int) -> int:
        listed = [u for u in updates or () if isinstance(u, Mapping)]
        arrivals = [arrival for update in listed if (arrival := read_arrival(update))]
        if (await self.accept(arrivals)).status != 200:
            await asyncio.sleep(_PAUSE)
            return offset
        numbers = [update["update_id"] for update in listed if "update_id" in update]
        return max([offset, *(int(number) + 1 for number in numbers)])
