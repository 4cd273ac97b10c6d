"""A person of the shop who answers in the page's own inbox: the bot keeps out of it for a while."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy.engine import Engine

from channels.turn import Assistant
from switchboard.conversations import ConversationLog
from switchboard.handoff.story import tell_story
from switchboard.handoff.tickets import TicketBook
from switchboard.messaging.message import AGENT

REASON = "page inbox"


class PageInbox:
    """Opens a ticket for such a conversation, and gives it back to the bot after some hours."""

    def __init__(self, engine: Engine, hours: float, assistant: Assistant) -> None:
        self._tickets, self._log = TicketBook(engine), ConversationLog(engine)
        self._seconds, self._assistant = hours * 3600, assistant

    async def answered(self, conversation: str, text: str) -> None:
        """Somebody wrote to the customer."""
        if not self._seconds:
            return
        if text:
            await self._assistant.record(conversation, text, AGENT)
        await asyncio.to_thread(self._open, conversation)

    async def give_back(self, conversation: str) -> None:
        """The customer writes again; if that is hours later, the bot may answer."""
        await asyncio.to_thread(self._resolve, conversation)

    def _open(self, conversation: str) -> None:
        story = tell_story(
            self._log.everything(conversation),
            REASON,
            "answered in the page's inbox",
            None,
            False,
        )
        self._tickets.open(conversation, "facebook", story)

    def _resolve(self, conversation: str) -> None:
        ticket = self._tickets.open_for(conversation)
        if ticket is None or ticket.story.reason != REASON:
            return
        if time.time() - ticket.opened_at > self._seconds:
            self._tickets.resolve(ticket.reference, "quiet in the page's inbox")
