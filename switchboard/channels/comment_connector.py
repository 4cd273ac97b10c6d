"""A platform's comments beside its messages: a mailroom of their own, which never fills theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from rasa.core.agent import Agent
from sanic import Blueprint
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.channels.assistant import Assistant, OnNewMessage
from switchboard.channels.comment_platform import CommentApi, CommentPlatform
from switchboard.channels.comment_turns import CommentTurns
from switchboard.channels.connector import Connector
from switchboard.channels.lane import ChannelTexts, Limits
from switchboard.comments.comment import PostComment, channel_of
from switchboard.comments.comment_intake import CommentIntake
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Outgoing
from switchboard.privacy.personal_data import find_personal
from switchboard.rasa_services import RasaServices, rasa_services

logger = logging.getLogger(__name__)

_ANY = "I am at 1 High Street. 你好"


class CommentConnector(Connector):
    """Owns the dispatcher of a platform's comments while the server runs."""

    limits = Limits(lanes=20, turns=1, deliveries=4)
    """Customers in a conversation come first."""
    _intake: CommentIntake | None = None

    def attach_comments(
        self,
        blueprint: Blueprint,
        platform: str,
        among: Sequence[str],
        make_api: Callable[[RasaServices], CommentApi],
        missing: Sequence[str],
    ) -> None:
        """Start and stop with the server, if comments are on for one of the platforms `among`.

        Raises:
            ConfigurationError: `data/comments.yml` cannot be used.
        """
        rules = rasa_services().comment_rules
        if not any(rules.on.get(name) for name in among):
            return
        find_personal(_ANY)  # loads what it needs: seconds, which no customer waits for
        self._intake, channel = CommentIntake(rules), channel_of(platform)

        def make_platform(services: RasaServices, _assistant: Assistant) -> CommentPlatform:
            inbox = Inbox(services.engine, channel)
            return CommentPlatform(make_api(services), services.comment_book, inbox)

        self.attach(blueprint, channel, _no_messages, make_platform, missing)

    async def take(self, comments: Sequence[tuple[PostComment, Arrival]]) -> HTTPResponse | None:
        """Store a delivery's comments; the response if it cannot be acknowledged, else None."""
        if self._intake is None:
            return None
        admitted = [arrival for comment, arrival in comments if self._intake.admits(comment)]
        if len(admitted) < len(comments):
            logger.info("%d comments are not read", len(comments) - len(admitted))
        if not admitted:
            return None
        answer = await self.accept(admitted)
        return None if answer.status == 200 else answer

    @override
    def _assistant(
        self,
        services: RasaServices,
        channel: str,
        on_new_message: OnNewMessage,
        agent: Callable[[], Agent | None],
    ) -> Assistant:
        topics = frozenset(services.phrasebook.words.get("meanings", {}))
        return CommentTurns(channel, agent, services.comment_book, topics)

    @override
    def _texts(self, services: RasaServices) -> ChannelTexts:
        """Nothing: no apology for a fault of ours is said in public."""
        return ChannelTexts(Outgoing(), Outgoing())


async def _no_messages(_message: object) -> None:
    """Comments are read, and are no turns."""
