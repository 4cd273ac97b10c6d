"""Where replies come from that stand in no file: the assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.question import Question
from switchboard.conversations.turns import EXPLAINED
from switchboard.reply_quality.answer_pairs import AnswerPair, GivenReply
from switchboard.reply_quality.own_loop import OwnLoop

AT_ONCE = 4
"""Questions that a model is asked at the same time."""


class ReplySource(Protocol):
    """Gives replies to questions that have none yet."""

    def ask(self, pairs: Sequence[AnswerPair]) -> list[GivenReply]:
        """A reply to each; empty where it is declined."""


class AssistantReplies:
    """Asks the assistant's engine for open questions, each question by itself: no conversation
    before it, no order, no known flow. The engine is opened for the first question."""

    def __init__(self, open_engine: Callable[[], AnswerEngine], loop: OwnLoop) -> None:
        self._open, self._loop = open_engine, loop

    @cached_property
    def _engine(self) -> AnswerEngine:
        return self._open()

    def ask(self, pairs: Sequence[AnswerPair]) -> list[GivenReply]:
        """As the port says."""
        return self._loop.run(self._answers(pairs))

    async def _answers(self, pairs: Sequence[AnswerPair]) -> list[GivenReply]:
        engine, free = self._engine, asyncio.Semaphore(AT_ONCE)

        async def one(pair: AnswerPair) -> GivenReply:
            asked = Question(pair.question, pair.language, conversation_id=EXPLAINED)
            async with free:
                answer = await engine.answer(asked)
            return GivenReply(pair, answer.text, answer.origin.value)

        return list(await asyncio.gather(*map(one, pairs)))
