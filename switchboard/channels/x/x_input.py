"""The webhook of X: answers its checks; verifies, stores and acknowledges deliveries.

Follows docs.x.com/x-api/webhooks and docs.x.com/x-api/account-activity.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.comment_connector import CommentConnector
from switchboard.channels.connector import MAX_BODY, Connector, PushOutput, read_body, same_secret
from switchboard.channels.x.x_api import XApi
from switchboard.channels.x.x_deliveries import read_arrivals
from switchboard.channels.x.x_echoes import XEchoes
from switchboard.channels.x.x_platform import XPlatform
from switchboard.channels.x.x_post_api import XPostApi
from switchboard.channels.x.x_posts import read_post_arrivals
from switchboard.failures import place_of
from switchboard.mailroom.outbox import Outbox, PartReceipt
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import XSettings

logger = logging.getLogger(__name__)

_CHECK = re.compile(r"[\w.~+/=-]{1,500}", re.ASCII)
"""A check is signed as deliveries are. None of these is a brace: no JSON object gets signed."""
_ECHO_SECONDS = 0.5


class XInput(InputChannel, Connector):
    """Settings come from the environment alone (`docs/x.md`)."""

    def __init__(self, settings: XSettings) -> None:
        self._settings, self._api = settings, XApi(settings)
        self._echoes: XEchoes | None = None
        self.comments = CommentConnector()

    @classmethod
    @override
    def name(cls) -> str:
        return "x"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> XInput:
        """Missing settings disable only this channel."""
        return cls(rasa_services().settings.x)

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("x_webhook")
        missing = self._settings.missing
        self.attach(blueprint, self.name(), on_new_message, self._make_platform, missing)
        self.comments.attach_comments(blueprint, "x", ("x",), self._make_post_api, missing)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if missing else "ok"})

        @blueprint.get("/webhook")
        async def check(request: Request) -> HTTPResponse:
            token = request.args.get("crc_token") or ""
            if missing or not _CHECK.fullmatch(token):
                return response.text("no check of X's", 403)
            secret = self._settings.client_secret or self._settings.api_secret
            return response.json({"response_token": sign(token.encode(), secret)})

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            if len(request.body) > MAX_BODY:
                return response.text("too large", 413)
            if missing or not is_signed(request.headers, request.body, self._settings):
                return response.text("not signed by the app's secret", 403)
            body = read_body(request)
            if body is None:
                return response.text("no JSON object", 400)
            account = self._settings.account
            refused = await self.comments.take(read_post_arrivals(body, account))
            receipts = [] if refused else await self._receipts(body)
            return refused or await self.accept(read_arrivals(body, account), receipts)

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())

    def _make_platform(self, services: RasaServices, _: Assistant) -> XPlatform:
        known, outbox = self._settings, Outbox(services.engine, self.name())
        self._echoes = XEchoes(outbox, known.account, known.quick_replies)
        return XPlatform(
            self._api,
            outbox,
            services.settings.customer_names,
            services.files,
            known.quick_replies,
        )

    def _make_post_api(self, _: RasaServices) -> XPostApi:
        return XPostApi(self._api)  # one client: a limit that is used up is so for both

    async def _receipts(self, body: Mapping[str, Any]) -> list[PartReceipt]:
        """What the account's own messages confirm. It is no reason to be late with what came."""
        if self._echoes is None:
            return []
        try:
            looking = asyncio.to_thread(self._echoes.receipts, body)
            return await asyncio.wait_for(looking, _ECHO_SECONDS)
        except (SQLAlchemyError, asyncio.TimeoutError) as error:
            logger.warning("own messages are not noted: %s", place_of(error))
            return []


def sign(content: bytes, secret: str) -> str:
    """How X signs, and wants its checks signed."""
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


def is_signed(headers: Mapping[str, str], body: bytes, settings: XSettings) -> bool:
    """Whether a delivery is signed by a secret of the app, in constant time. The newer signature
    counts where the app's newer secret is known and X sends one."""
    newer = headers.get("x-twitter-webhooks-signature-oauth2") or ""
    if newer and settings.client_secret:
        return same_secret(newer, sign(body, settings.client_secret))
    given = headers.get("x-twitter-webhooks-signature") or ""
    return bool(settings.api_secret) and same_secret(given, sign(body, settings.api_secret))
