"""Handles shop staff who answer in the page's own inbox: the bot pauses for some hours."""

from __future__ import annotations

import asyncio

from sqlalchemy.engine import Engine

from switchboard.channels.assistant import Assistant
from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.mailroom.message import AGENT
from switchboard.shop.replies import Replies
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook


class PageInbox:
    """Opens a ticket for such a conversation, and closes it after some hours."""

    def __init__(
        self, engine: Engine, replies: Replies, hours: float, assistant: Assistant
    ) -> None:
        self._tickets, self._acts = TicketBook(engine), TicketActs(engine, replies)
        self._log = ConversationLog(engine)
        self._seconds, self._assistant = hours * 3600, assistant

    async def answered(self, conversation: str, text: str) -> None:
        """Record a staff answer and pause the bot."""
        if not self._seconds:
            return
        if text:
            await self._assistant.record(conversation, text, AGENT)
        await asyncio.to_thread(self._open, conversation)

    async def give_back(self, conversation: str) -> None:
        """Close the ticket if the hours have passed; called when the customer writes again."""
        await asyncio.to_thread(self._resolve, conversation)

    def _open(self, conversation: str) -> None:
        story = tell_story(
            self._log.everything(conversation),
            Decision(Route.PERSON, Cause.PAGE_INBOX),
            None,
            False,
        )
        self._tickets.open(conversation, "facebook", story)

    def _resolve(self, conversation: str) -> None:
        ticket = self._tickets.open_for(conversation)
        if ticket is None or ticket.story.reason != Cause.PAGE_INBOX:
            return
        if epoch_now() - ticket.opened_at > self._seconds:
            self._acts.finish(ticket, None, EntryKind.CLOSED, "quiet in the page's inbox")
