"""The mailbox as a channel: asks for new mail, stores it, answers in its thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.connector import Connector, PushOutput
from switchboard.channels.email.mail_arrivals import Letter
from switchboard.channels.email.mail_assistant import MailAssistant
from switchboard.channels.email.mail_platform import MailPlatform
from switchboard.channels.email.mail_reader import MailReader
from switchboard.channels.pace import Pace
from switchboard.channels.shared_limits import open_limits
from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.outbox import Outbox
from switchboard.mails.imap_box import BoxFailure
from switchboard.mails.mail_threads import CHANNEL, MailThreads
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_mail import TicketMail

logger = logging.getLogger(__name__)

PER_SECOND, PER_CHAT = 5.0, 1.0
_STORED_SECONDS = 10.0


class MailInput(InputChannel, Connector):
    """E-mail. Everything comes from the environment (`SWITCHBOARD_EMAIL_…`)."""

    @classmethod
    @override
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> MailInput:
        """Missing settings disable only this channel."""
        return cls()

    def servers(self) -> tuple[str, str]:
        """The addresses of the mailbox and of the server for what is sent."""
        settings = rasa_services().settings
        email, desk = settings.email, settings.desk
        return email.imap_url or desk.imap_url, email.smtp_url or desk.smtp_url

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        imap_url, smtp_url = self.servers()
        wanted = {
            "SWITCHBOARD_EMAIL_ADDRESS": rasa_services().settings.email.address,
            "SWITCHBOARD_EMAIL_IMAP_URL": imap_url,
            "SWITCHBOARD_EMAIL_SMTP_URL": smtp_url,
        }
        return [name for name, value in wanted.items() if not value]

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("email_webhook")
        missing = self.missing()
        self.attach(blueprint, CHANNEL, on_new_message, self._make_platform, missing)
        if not missing:
            self._poll_with(blueprint)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if missing else "ok"})

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, CHANNEL)

    @override
    def _assistant(
        self,
        _services: RasaServices,
        channel: str,
        on_new_message: OnNewMessage,
        agent: Callable[[], Agent | None],
    ) -> Assistant:
        return MailAssistant(channel, on_new_message, agent)

    def _make_platform(self, services: RasaServices, _: Assistant) -> MailPlatform:
        shared = open_limits(services.settings.redis_url)
        return MailPlatform(
            services.settings.email,
            self.servers(),
            services.settings.desk.mail_ca,
            MailThreads(services.engine),
            Outbox(services.engine, CHANNEL),
            services.files,
            services.voice_notes,
            Pace(CHANNEL, PER_SECOND, PER_CHAT, shared),
        )

    def _make_reader(self, services: RasaServices) -> MailReader:
        engine, desk = services.engine, services.settings.desk
        acts = TicketActs(engine, services.replies)
        tickets = TicketMail(engine, acts, desk.smtp_url, services.phrasebook, ca=desk.mail_ca)
        return MailReader(
            services.settings.email,
            self.servers()[0],
            desk.mail_ca,
            MailThreads(engine),
            services.files,
            tickets,
        )

    def _poll_with(self, blueprint: Blueprint) -> None:
        polling: list[asyncio.Task[None]] = []

        @blueprint.listener("after_server_start")
        async def start(_app: Sanic, _loop: object) -> None:
            polling.append(asyncio.create_task(self._poll()))

        @blueprint.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: object) -> None:
            for task in polling:
                task.cancel()

    async def _poll(self) -> None:
        """Look for mail until the server stops."""
        services = rasa_services()
        reader, seconds = self._make_reader(services), services.settings.email.poll_seconds
        loop = asyncio.get_running_loop()

        def take(arrival: Arrival, letter: Letter) -> bool:
            stored = asyncio.run_coroutine_threadsafe(self.accept([arrival], letter.answers), loop)
            try:
                return bool(stored.result(_STORED_SECONDS).status == 200)
            except (FutureTimeout, CancelledError):  # the server is busy, or ends
                return False

        while True:
            taken = 0
            try:
                taken = await asyncio.to_thread(reader.look, take)
            except (ConfigurationError, SQLAlchemyError, *BoxFailure) as error:
                logger.warning("the mailbox gives no mail: %s", place_of(error))
            except Exception as error:  # the next look may do better
                logger.error("the mailbox cannot be read: %s", place_of(error))
            await asyncio.sleep(0 if taken else seconds)
