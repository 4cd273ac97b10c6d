"""Sessions that a person has in WeCom: a ticket, during which the bot is silent."""

from __future__ import annotations

import asyncio
from functools import partial

from sqlalchemy.engine import Engine

from switchboard.channels.assistant import Assistant
from switchboard.channels.platform import Undelivered
from switchboard.channels.weixin.weixin_api import WeixinApi
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.mailroom.message import AGENT
from switchboard.shop.replies import Replies
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

UNTREATED, WITH_ASSISTANT, WAITING, WITH_PERSON, OVER = range(5)
"""WeCom's states of a session. A hand-over of ours stays with the assistant: our desk answers."""
WITH_PEOPLE = frozenset({WAITING, WITH_PERSON})


class WecomSessions:
    """The sessions of a company's customers."""

    def __init__(
        self, engine: Engine, replies: Replies, assistant: Assistant, api: WeixinApi
    ) -> None:
        self._tickets, self._acts = TicketBook(engine), TicketActs(engine, replies)
        self._log = ConversationLog(engine)
        self._assistant, self._api = assistant, api

    async def answered(self, conversation: str, text: str) -> None:
        """Record what a person wrote in WeCom, and pause the bot."""
        if text:
            await self._assistant.record(conversation, text, AGENT)
        await self.taken(conversation)

    async def taken(self, conversation: str) -> None:
        """Pause the bot: a ticket, unless one is open already."""
        await asyncio.to_thread(self._open, conversation)

    async def ended(self, conversation: str, is_over: bool = True) -> None:
        """Give the conversation back to the bot. To a session that is over one message may go, and
        no second one that asks how it was."""
        ticket = await asyncio.to_thread(self._of_person, conversation)
        if ticket is not None:
            finish = partial(self._acts.finish, rating=not is_over)
            reason = "the session in WeCom ended"
            await asyncio.to_thread(finish, ticket, None, EntryKind.CLOSED, reason)

    async def look(self, conversation: str) -> None:
        """When a customer writes to whom a person answered: whether they still do, since word of
        the end may have been missed."""
        if await asyncio.to_thread(self._of_person, conversation) is None:
            return
        try:
            if await self.state(conversation) not in WITH_PEOPLE:
                await self.ended(conversation, is_over=False)
        except Undelivered:
            return  # the bot stays silent

    async def state(self, conversation: str) -> int:
        """WeCom's state of the session.

        Raises:
            Undelivered: WeCom refused, or did not answer.
        """
        data = await self._api.call("/cgi-bin/kf/service_state/get", _who(conversation))
        state = data.get("service_state")
        return state if isinstance(state, int) else OVER

    async def assist(self, conversation: str) -> None:
        """Tell WeCom that the assistant has the session.

        Raises:
            Undelivered: WeCom refused, or did not answer.
        """
        body = {**_who(conversation), "service_state": WITH_ASSISTANT}
        await self._api.call("/cgi-bin/kf/service_state/trans", body)

    def _open(self, conversation: str) -> None:
        decision = Decision(Route.PERSON, Cause.PAGE_INBOX)
        story = tell_story(self._log.everything(conversation), decision, None, False)
        self._tickets.open(conversation, "wecom", story)

    def _of_person(self, conversation: str) -> Ticket | None:
        ticket = self._tickets.open_for(conversation)
        return ticket if ticket is not None and ticket.story.reason == Cause.PAGE_INBOX else None


def _who(conversation: str) -> dict[str, str]:
    _, account, customer = conversation.split(":", 2)
    return {"open_kfid": account, "external_userid": customer}
