"""What the dispatcher of a channel of comments runs in place of turns: comments are read by the
assistant's NLU alone, without a conversation, and what is decided is claimed and queued at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection

from rasa.core.agent import Agent
from typing_extensions import override

from switchboard.channels.assistant import Assistant
from switchboard.clock import epoch_now
from switchboard.comments.comment import PostComment, comment_from
from switchboard.comments.comment_book import COMMENT, CommentBook
from switchboard.comments.comment_decision import READ, decide_at_once, decide_comment
from switchboard.comments.comment_reading import read_parse
from switchboard.mailroom.message import Incoming, Outgoing
from switchboard.text.typed_text import typed

BREATH = 0.02
"""Seconds between two comments, in which the turns of customers go on."""
HOUR = 3600.0
_DATA = re.compile(r"\d{4}|\d[ .-]\d{3}|[^\s@]@[^\s@]")
"""What personal data, or the number of an order, has in it."""


class CommentTurns(Assistant):
    """Decides on comments. The message's metadata has the comment under `COMMENT`."""

    def __init__(
        self,
        channel: str,
        agent: Callable[[], Agent | None],
        book: CommentBook,
        topics: Collection[str],
    ) -> None:
        super().__init__(channel, _no_turn, agent)
        self._book, self._topics = book, topics

    @override
    async def hear(
        self, conversation: str, message: Incoming, message_id: str, again: bool
    ) -> list[Outgoing]:
        """Decide on a comment, and queue what is to be done; the list is empty: it is queued
        already, in the transaction of its claim.

        Raises:
            AssistantNotReady: no model is loaded.
            LeaseLost: another process works on the comment.
        """
        agent, comment = self._ready(), comment_from(message.metadata[COMMENT])
        rules, book = self._book.rules, self._book
        if comment.at and epoch_now() - comment.at > rules.oldest_hours * HOUR:
            return []
        plain = decide_at_once(comment, rules)
        if plain is not None:
            await asyncio.to_thread(book.settle, comment, plain, {})
            return []
        if not await self._is_read(comment):
            return []
        await asyncio.sleep(BREATH)
        text = typed(comment.text[:READ])
        data = await agent.parse_message(text) if text else {}
        decision = await asyncio.to_thread(
            decide_comment, comment, read_parse(data), rules, self._topics
        )
        await asyncio.to_thread(book.settle, comment, decision, data)
        return []

    async def _is_read(self, comment: PostComment) -> bool:
        """Whether the model reads it: of a post with many comments only those that can get a reply,
        or look as if they are to be hidden."""
        rules = self._book.rules
        if rules.hide.get("abuse") and rules.has("abuse", comment.text[:READ]):
            return True
        if rules.hide.get("personal") and _DATA.search(comment.text[:READ]):
            return True
        standing = await asyncio.to_thread(self._book.claims.standing, comment)
        return not standing.replied and standing.within_hour < rules.per_post_hour


async def _no_turn(_message: object) -> None:
    """Comments are no turns of a conversation."""
