"""The webhook of WhatsApp's Cloud API: verifies, stores and acknowledges deliveries."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.connector import Connector, PushOutput
from switchboard.channels.hub_webhook import answer_handshake, read_signed
from switchboard.channels.pace import Pace
from switchboard.channels.shared_limits import open_limits
from switchboard.channels.whatsapp.whatsapp_arrivals import (
    read_arrivals_of,
    read_receipts_of,
    read_setbacks_of,
)
from switchboard.channels.whatsapp.whatsapp_graph import missing_settings, open_graph
from switchboard.channels.whatsapp.whatsapp_platform import WhatsAppPlatform
from switchboard.channels.whatsapp.whatsapp_template import LateTemplate
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import WhatsAppSettings

PER_SECOND, PER_CHAT = 70.0, 4.0
"""A number may send 80 a second, and to one customer 45 at once but in the end one in six seconds:
what is more is told so, and waits."""
MAX_DELIVERY = 3_000_000
"""Bytes that Meta may put into one delivery."""


class WhatsAppInput(InputChannel, Connector):
    """Rasa has no channel of this name; its settings come from the environment alone."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self.settings = settings

    @classmethod
    @override
    def name(cls) -> str:
        return "whatsapp"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WhatsAppInput:
        """Missing settings disable only this channel."""
        return cls(rasa_services().settings.whatsapp)

    def _make_platform(self, services: RasaServices, _: Assistant) -> WhatsAppPlatform:
        known = self.settings
        return WhatsAppPlatform(
            open_graph(known),
            Outbox(services.engine, self.name()),
            LateTemplate(known.template, known.template_languages),
            services.phrasebook,
            services.settings.customer_names,
            services.files,
            services.voice_notes,
            Pace(self.name(), PER_SECOND, PER_CHAT, open_limits(services.settings.redis_url)),
        )

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("whatsapp_webhook")
        missing, numbers = missing_settings(self.settings), frozenset(self.settings.phone_numbers)
        self.attach(blueprint, self.name(), on_new_message, self._make_platform, missing)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if missing else "ok"})

        @blueprint.get("/webhook")
        async def subscribe(request: Request) -> HTTPResponse:
            return answer_handshake(request, self.settings.verify_token)

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            body, refusal = read_signed(request, self.settings.app_secret, MAX_DELIVERY)
            return refusal or await self.accept(
                read_arrivals_of(body, numbers),
                read_receipts_of(body, numbers),
                read_setbacks_of(body, numbers),
            )

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())
