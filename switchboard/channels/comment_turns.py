"""What the dispatcher of a channel of comments runs in place of turns: comments are read by the
assistant's NLU alone, without a conversation, and what is decided is claimed and queued at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from rasa.core.agent import Agent
from typing_extensions import override

from switchboard.channels.assistant import Assistant
from switchboard.clock import epoch_now
from switchboard.comments.comment import comment_from
from switchboard.comments.comment_book import COMMENT, CommentBook
from switchboard.comments.comment_decision import READ, decide_at_once, decide_comment
from switchboard.comments.comment_reading import read_parse
from switchboard.mailroom.message import Incoming, Outgoing
from switchboard.text.typed_text import typed

BREATH = 0.02
"""Seconds between two comments, in which the turns of customers go on."""
HOUR = 3600.0


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
        too_old = bool(comment.at) and epoch_now() - comment.at > rules.oldest_hours * HOUR
        plain = decide_at_once(comment, rules)
        if plain is not None:
            await asyncio.to_thread(book.settle, comment, plain, {}, too_old)
            return []
        # Also what can get no reply any more, for it may complain; `CommentIntake` bounds how many.
        await asyncio.sleep(BREATH)
        text = typed(comment.text[:READ])
        data = await agent.parse_message(text) if text else {}
        decision = await asyncio.to_thread(
            decide_comment, comment, read_parse(data), rules, self._topics
        )
        await asyncio.to_thread(book.settle, comment, decision, data, too_old)
        return []


async def _no_turn(_message: object) -> None:
    """Comments are no turns of a conversation."""
