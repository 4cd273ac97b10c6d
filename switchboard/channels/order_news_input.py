"""The order system's webhook: what it tells by itself, kept and acknowledged before anything else.

A channel for Rasa's sake alone, as `operations_input.py`: it takes no messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.channels import attending
from switchboard.channels.assistant import OnNewMessage
from switchboard.clock import epoch_now
from switchboard.errors import NewsRefused
from switchboard.failures import place_of
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import News
from switchboard.outreach.order_news import (
    NEWS_SIGNATURE,
    NEWS_TIMESTAMP,
    WOOCOMMERCE_SIGNATURE,
    WOOCOMMERCE_TOPIC,
    is_signed,
    is_signed_by_woocommerce,
    read_news,
    read_woocommerce,
)
from switchboard.rasa_services import RasaServices, rasa_services

logger = logging.getLogger(__name__)

MAX_NEWS = 1_000_000
"""Bytes of a call: WooCommerce sends whole orders."""
KEEP_SECONDS = 2.0
"""Seconds in which news are kept, or their sender is asked to try again later."""


class OrderNewsInput(InputChannel):
    """`POST /webhooks/orders/news` by our contract, and `/webhooks/orders/woocommerce`."""

    @classmethod
    @override
    def name(cls) -> str:
        return "orders"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> OrderNewsInput:
        return cls()

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        services = rasa_services()
        blueprint = Blueprint("order_news")
        numbers = services.phrasebook.policy.order_numbers

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, _loop: object) -> None:
            if not services.settings.orders_webhook_secret:
                logger.info("news of orders are off, for want of SWITCHBOARD_ORDERS_WEBHOOK_SECRET")
                return
            attending.attend(app, services)

        @blueprint.post("/news")
        async def news(request: Request) -> HTTPResponse:
            def signed(secret: str) -> bool:
                signature = request.headers.get(NEWS_SIGNATURE, "")
                timestamp = request.headers.get(NEWS_TIMESTAMP, "")
                return is_signed(secret, signature, timestamp, request.body, epoch_now())

            return await _take(services, request, signed, lambda: read_news(request.body, numbers))

        @blueprint.post("/woocommerce")
        async def woocommerce(request: Request) -> HTTPResponse:
            def signed(secret: str) -> bool:
                given = request.headers.get(WOOCOMMERCE_SIGNATURE, "")
                return is_signed_by_woocommerce(secret, given, request.body)

            topic = request.headers.get(WOOCOMMERCE_TOPIC, "")
            return await _take(
                services, request, signed, lambda: read_woocommerce(request.body, topic, numbers)
            )

        return blueprint


async def _take(
    services: RasaServices,
    request: Request,
    signed: Callable[[str], bool],
    read: Callable[[], News | None],
) -> HTTPResponse:
    """202 once the news are kept, known, or none to us; 503 asks to try again."""
    secret = services.settings.orders_webhook_secret
    if not secret:
        return response.text("off", 404)
    if len(request.body) > MAX_NEWS:
        return response.text("too large", 413)
    if not signed(secret):
        return response.text("not signed, or too long ago", 401)
    try:
        found = read()
    except NewsRefused as error:
        return response.text(str(error), 400)
    if found is None:
        return response.text("nothing to tell", 202)
    try:
        keeping = asyncio.to_thread(NewsInbox(services.engine).keep, found)
        new = await asyncio.wait_for(keeping, KEEP_SECONDS)
    except (SQLAlchemyError, asyncio.TimeoutError) as error:
        logger.error("news of an order were not kept: %s", place_of(error))
        return response.text("not kept", 503, headers={"Retry-After": "5"})
    return response.text("kept" if new else "known", 202)
