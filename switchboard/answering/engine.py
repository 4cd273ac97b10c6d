"""The answer to an open question: from a model that read the right passages, or from an article."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from switchboard.answering.articles import Passage
from switchboard.answering.checks import Reply, read_reply
from switchboard.answering.model import ChatModel, Message
from switchboard.answering.prompts import system_prompt
from switchboard.answering.retrieval import Hit
from switchboard.errors import ModelError
from switchboard.policy import Policy
from switchboard.privacy import redact
from switchboard.reading.language import ENGLISH

logger = logging.getLogger(__name__)

MIN_COSINE = 0.47
"""Below this likeness of question and passage, an article is not offered as the answer."""
MIN_COSINE_FOR_MODEL = 0.3
"""A model is asked from here on: it reads closely, and may say that it does not know."""
MAX_QUESTION = 2000
MAX_HISTORY = 6


class Origin(str, Enum):
    """Where an answer's words come from."""

    MODEL = "model"
    ARTICLE = "article"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Answer:
    """What to tell the customer. `text` is empty when nothing was found (`NOWHERE`).

    `reason` says for the log why it was not the model: `no model`, `down: …`, `wrong: …`.
    """

    origin: Origin
    text: str
    sources: tuple[Passage, ...]
    reason: str = ""


class Retriever(Protocol):
    """Something that finds passages."""

    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        """The best passages for a question in a language, best first."""


class AnswerEngine:
    """Answers open questions. Never raises for a model's failure: the articles answer instead."""

    def __init__(self, retriever: Retriever, policy: Policy, model: ChatModel | None) -> None:
        self._retriever = retriever
        self._policy = policy
        self._model = model

    async def answer(
        self, question: str, history: Sequence[Message] = (), language: str = ENGLISH
    ) -> Answer:
        """Answer `question`, asked in `language`; `history` is what came before, oldest first."""
        question = redact(question[:MAX_QUESTION])
        hits = await asyncio.to_thread(self._retriever.search, question, 3, language)
        reason = "no model"
        if self._model is not None and hits and hits[0].cosine >= MIN_COSINE_FOR_MODEL:
            passages = [hit.passage for hit in hits]
            try:
                reply = await self._ask(self._model, question, passages, history)
            except ModelError as error:
                reason = f"{type(error).__name__}: {error}"
                logger.warning("open question answered without the model (%s)", reason)
            else:
                if reply.text is not None:
                    return Answer(Origin.MODEL, reply.text, reply.passages)
                return Answer(Origin.NOWHERE, "", (), "the model found no answer")
        if hits and hits[0].cosine >= MIN_COSINE:
            best = hits[0].passage
            return Answer(Origin.ARTICLE, best.text, (best,), reason)
        return Answer(Origin.NOWHERE, "", (), reason)

    async def _ask(
        self,
        model: ChatModel,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
    ) -> Reply:
        earlier = [Message(m.role, redact(m.content[:500])) for m in history[-MAX_HISTORY:]]
        messages = [
            Message("system", system_prompt(self._policy, passages)),
            *earlier,
            Message("user", question),
        ]
        return read_reply(await model.complete(messages), question, passages)
