"""The webhook of Messenger and Instagram: verifies, stores and acknowledges deliveries.

Follows developers.facebook.com/docs/messenger-platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.core.channels.facebook import FacebookInput as RasaFacebookInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.comment_connector import CommentConnector
from switchboard.channels.connector import Connector, PushOutput
from switchboard.channels.facebook.facebook_arrivals import read_arrivals, read_receipts
from switchboard.channels.facebook.facebook_platform import FacebookPlatform
from switchboard.channels.facebook.feed_api import FeedApi
from switchboard.channels.facebook.feed_events import read_comment_arrivals
from switchboard.channels.facebook.graph_api import GraphApi
from switchboard.channels.facebook.page_inbox import PageInbox
from switchboard.channels.hub_webhook import answer_handshake, read_signed
from switchboard.channels.pace import Pace
from switchboard.channels.shared_limits import open_limits
from switchboard.mailroom.outbox import Outbox
from switchboard.rasa_services import RasaServices, rasa_services

PER_SECOND, PER_CHAT = 40.0, 4.0
PER_PAGE = 2.0
"""Calls a second about the comments of one page."""


class FacebookInput(RasaFacebookInput, Connector):
    """Replaces Rasa's class: same name, same keys in `credentials.yml`.

    Keys absent there are read from the environment: `FACEBOOK_VERIFY_TOKEN`, `FACEBOOK_APP_SECRET`,
    `FACEBOOK_PAGE_ACCESS_TOKEN`.
    """

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> FacebookInput:
        """Missing settings disable only this channel."""
        given, known = credentials or {}, rasa_services().settings.facebook
        channel = cls(
            given.get("verify") or known.verify_token,
            given.get("secret") or known.app_secret,
            given.get("page-access-token") or "",
        )
        channel.page_tokens = {**known.page_tokens}
        channel.comments = CommentConnector()
        if channel.fb_access_token:
            channel.page_tokens[""] = channel.fb_access_token
        return channel

    page_tokens: Mapping[str, str]
    comments: CommentConnector

    def _make_platform(self, services: RasaServices, assistant: Assistant) -> FacebookPlatform:
        known, engine = services.settings.facebook, services.engine
        graph = GraphApi(known.graph_base, known.graph_version, self.page_tokens, self.fb_secret)
        return FacebookPlatform(
            graph,
            PageInbox(engine, services.replies, known.page_inbox_hours, assistant),
            Outbox(engine, self.name()),
            services.settings.customer_names,
            services.files,
            services.voice_notes,
            Pace(self.name(), PER_SECOND, PER_CHAT, open_limits(services.settings.redis_url)),
        )

    def _make_feed_api(self, services: RasaServices) -> FeedApi:
        known = services.settings.facebook
        graph = GraphApi(known.graph_base, known.graph_version, self.page_tokens, self.fb_secret)
        limits = open_limits(services.settings.redis_url)
        return FeedApi(graph, Pace("facebook-comments", PER_SECOND, PER_PAGE, limits))

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        wanted = {
            "FACEBOOK_VERIFY_TOKEN": self.fb_verify,
            "FACEBOOK_APP_SECRET": self.fb_secret,
            "FACEBOOK_PAGE_ACCESS_TOKEN": self.page_tokens,
        }
        return [name for name, value in wanted.items() if not value]

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        blueprint = Blueprint("facebook_webhook")
        self.attach(
            blueprint,
            self.name(),
            on_new_message,
            self._make_platform,
            self.missing(),
        )
        self.comments.attach_comments(
            blueprint,
            "facebook",
            ("facebook", "instagram"),
            self._make_feed_api,
            self.missing(),
        )

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if self.missing() else "ok"})

        @blueprint.get("/webhook")
        async def subscribe(request: Request) -> HTTPResponse:
            return answer_handshake(request, self.fb_verify)

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            body, refusal = read_signed(request, self.fb_secret)
            refused = refusal or await self.comments.take(read_comment_arrivals(body))
            return refused or await self.accept(read_arrivals(body), read_receipts(body))

        return blueprint

    @override
    def get_output_channel(self) -> OutputChannel:
        return PushOutput(self, self.name())
