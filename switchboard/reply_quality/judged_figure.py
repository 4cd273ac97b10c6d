"""Whether a model finds every sentence of a reply in the shop's statements.

The checks see what can be compared letter by letter; a wrong condition or a wrong "only" is seen by
who understands the sentence. The judge is the one of a model's own wording
(`switchboard/answering/judge.py`): a language model, which errs as one, and costs a call a reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from switchboard.answering.judge import judge
from switchboard.errors import ModelError, NotEntailed
from switchboard.llm.chat_model import Deadline, Message, Schema
from switchboard.llm.metered_model import MeteredModel
from switchboard.privacy.redaction import redact
from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.grounding_figures import Grounding
from switchboard.reply_quality.own_loop import OwnLoop
from switchboard.reply_quality.reply_figures import Matrix, MeanFigure
from switchboard.reply_quality.reply_sources import AT_ONCE
from switchboard.text.sentences import sentences

_Case = tuple[list[str], list[str]]
"""Statements, and the sentences of a reply."""


class JudgedFigure(MeanFigure):
    """The share of replies of which a model finds every sentence entailed. What it could not be
    asked about, or gave no usable verdict on, is not counted."""

    def __init__(
        self, grounding: Grounding, model: MeteredModel, loop: OwnLoop, seconds: float
    ) -> None:
        """`seconds`: limit for one verdict."""
        super().__init__("judged", "entailed, as a model judges")
        self._grounding, self._model = grounding, model
        self._loop, self._seconds = loop, seconds

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """1 or 0 beside a 1; nothing of declined replies."""
        found = np.zeros((len(replies), 2))
        rows = [row for row, reply in enumerate(replies) if reply.text]
        # Before the first call: searching takes of no verdict's time.
        cases = [self._case(replies[row]) for row in rows]
        for row, verdict in zip(rows, self._loop.run(self._verdicts(cases)), strict=True):
            if verdict is not None:
                found[row] = float(verdict), 1.0
        return found

    def _case(self, reply: GivenReply) -> _Case:
        passages = self._grounding.passages(reply)
        said = [s for passage in passages for s in passage.statements]
        texts = [text for s in said for text in (s.text, *dict(s.forms).values())]
        return texts, sentences(redact(reply.text))

    async def _verdicts(self, cases: Sequence[_Case]) -> list[bool | None]:
        free = asyncio.Semaphore(AT_ONCE)

        async def one(case: _Case) -> bool | None:
            async with free:
                return await self._entailed(*case)

        return list(await asyncio.gather(*map(one, cases)))

    async def _entailed(self, statements: list[str], said: list[str]) -> bool | None:
        deadline = Deadline(self._seconds)

        async def ask(messages: Sequence[Message], schema: Schema) -> str:
            return (await self._model.complete(messages, deadline, schema)).text

        try:
            await judge(ask, statements, said)
        except NotEntailed:
            return False
        except ModelError:
            return None
        return True
