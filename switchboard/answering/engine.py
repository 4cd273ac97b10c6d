"""Answers open questions: with a model that reads the matching passages, or with an article."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from switchboard.answering.cache import AnswerCache
from switchboard.answering.checks import AnswerChecks, Grounds
from switchboard.answering.followup import completed, leans
from switchboard.answering.ledger import Ledger
from switchboard.answering.prompt import AGAIN, PromptWriter
from switchboard.answering.question import MAX_QUESTION, Answer, Origin, Question
from switchboard.answering.reply import Kind, ModelReply, read_reply, reply_schema
from switchboard.answering.trace import Trace
from switchboard.errors import ModelError, ModelWrong
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import Hit
from switchboard.llm.chat_model import ChatModel, Deadline, Message
from switchboard.llm.prices import Price
from switchboard.privacy.redaction import Pseudonyms, redact
from switchboard.text.language import ENGLISH
from switchboard.text.order_numbers import OrderNumbers

logger = logging.getLogger(__name__)

MIN_SCORE_FOR_MODEL = 0.12
"""Below this score the passages are about something else, and no model is called."""
MIN_SUGGESTION = 0.75
"""The share of the bar from which a passage is worth suggesting."""
PASSAGES = 4
SEARCH_SECONDS = 3.0
_LEAST_TIME = 0.3
_WITHOUT_HISTORY = 3  # messages in a prompt without history
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_POOL = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="answering")
T = TypeVar("T")


class Knowledge(Protocol):
    """A search for passages."""

    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        """The best passages for a question in a language, best first."""

    def fits(self, hit: Hit) -> bool:
        """Whether a passage's score is high enough to offer it as the answer."""


@dataclass(frozen=True)
class Asking:
    """What a model call needs. `seconds`: limit for one question, including retries."""

    model: ChatModel
    writer: PromptWriter
    checks: AnswerChecks
    seconds: float
    prices: Mapping[str, Price] = field(default_factory=dict)
    cache: AnswerCache = field(default_factory=AnswerCache)


class AnswerEngine:
    """Answers open questions. Never raises: on failure, articles or suggestions are the answer."""

    def __init__(
        self,
        knowledge: Knowledge,
        ledger: Ledger,
        asking: Asking | None,
        numbers: OrderNumbers | None = None,
    ) -> None:
        self._knowledge, self._ledger, self._asking = knowledge, ledger, asking
        self._numbers = numbers or OrderNumbers()

    async def answer(self, question: Question, trace: Trace | None = None) -> Answer:
        """Answer a question; `trace` is filled in during it."""
        trace = Trace() if trace is None else trace
        question = replace(question, text=_storable(question.text[:MAX_QUESTION]))
        try:
            answer = await self._answer(question, trace)
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.error("open question failed (%s): %s", error_id, type(error).__name__)
            logger.debug("error %s", error_id, exc_info=error)
            answer = Answer(Origin.NOWHERE, reason=f"error {error_id}")
        trace.took("rest")
        await asyncio.to_thread(self._ledger.record, question, answer, trace)
        return answer

    async def _answer(self, question: Question, trace: Trace) -> Answer:
        deadline = Deadline(self._asking.seconds if self._asking else SEARCH_SECONDS)
        searched = redact(completed(question.text, question.history))
        trace.searched = _PLACEHOLDER.sub(" ", searched).strip()
        search = _in_thread(self._knowledge.search, trace.searched, PASSAGES, question.language)
        try:
            trace.hits = await asyncio.wait_for(search, SEARCH_SECONDS)
        except Exception as error:  # any error behind the port
            logger.error("knowledge not searched: %s", type(error).__name__)
            return Answer(Origin.NOWHERE, reason=f"no knowledge: {type(error).__name__}")
        finally:
            trace.took("search")
        reason = await self._why_not_ask(question, trace.hits)
        if self._asking is not None and not reason:
            try:
                return await self._from_model(self._asking, question, trace, deadline)
            except ModelError as error:
                reason = f"{type(error).__name__}: {error}"
                logger.warning("open question without the model: %s", type(error).__name__)
        return self._from_articles(trace.hits, reason)

    async def _why_not_ask(self, question: Question, hits: Sequence[Hit]) -> str:
        if self._asking is None:
            return "no model"
        if question.hurried:
            return "the customer wrote again"
        if not hits or hits[0].score < MIN_SCORE_FOR_MODEL:
            return "no passage near"
        # Reads the database every few seconds: not on the event loop.
        return "" if await asyncio.to_thread(self._ledger.may_spend) else "ceiling"

    def _from_articles(self, hits: Sequence[Hit], reason: str) -> Answer:
        if hits and self._knowledge.fits(hits[0]):
            best = hits[0].passage
            return Answer(Origin.ARTICLE, best.text, (best,), reason=reason)
        return Answer(Origin.NOWHERE, suggestions=self._nearest(hits), reason=reason)

    def _nearest(self, hits: Sequence[Hit]) -> tuple[Passage, ...]:
        """Passages that score too low to be the answer, but high enough to suggest; at most two."""
        near = [h for h in hits if self._knowledge.fits(replace(h, score=h.score / MIN_SUGGESTION))]
        by_title = {hit.passage.title: hit.passage for hit in reversed(near)}
        return tuple(by_title.values())[::-1][:2]

    async def _from_model(
        self, asking: Asking, question: Question, trace: Trace, deadline: Deadline
    ) -> Answer:
        passages = [hit.passage for hit in trace.hits]
        names = Pseudonyms([question.customer.name, *question.customer.name.split()])
        prompt = asking.writer.write(question, passages, names)
        trace.prompt = prompt
        key = None
        alone = len(prompt) == _WITHOUT_HISTORY and not leans(question.text)
        if alone and not names.known and not question.customer.orders:
            key = asking.cache.key(asking.model.name, prompt[:2], prompt[-1].content)
            kept = asking.cache.get(key)
            if kept is not None:
                trace.cached = True
                return kept
        reply = await self._ask(asking, question, trace, deadline, names)
        answer = self._carry_out(reply, question, trace.hits, names)
        if key is not None and answer.origin is Origin.MODEL:
            asking.cache.put(key, answer)
        return answer

    async def _ask(
        self,
        asking: Asking,
        question: Question,
        trace: Trace,
        deadline: Deadline,
        names: Pseudonyms,
    ) -> ModelReply:
        """A reply that passed all checks; retried once if the first did not."""
        flows = asking.writer.flows
        messages = list(trace.prompt)
        while True:
            completion = await asking.model.complete(messages, deadline, reply_schema(flows))
            price = asking.prices.get(completion.model, Price())
            trace.count_call(completion, price.of(completion.usage))
            asking.writer.counter.learn(messages, completion.usage.prompt)
            trace.took("model")
            try:
                reply = read_reply(completion.text, len(trace.hits), flows)
                if reply.kind is Kind.ANSWER:
                    await self._check(asking.checks, reply, question, trace.hits, names)
            except ModelWrong as error:
                trace.replies.append((completion.text, str(error)))
                if len(trace.replies) > 1 or deadline.left < _LEAST_TIME:
                    raise
                again = AGAIN.format(reason=error)
                messages = [*messages, Message("assistant", completion.text[:2000])]
                messages.append(Message("user", again))
            else:
                trace.replies.append((completion.text, "passed"))
                return reply
            finally:
                trace.took("checks")

    async def _check(
        self,
        checks: AnswerChecks,
        reply: ModelReply,
        question: Question,
        hits: Sequence[Hit],
        names: Pseudonyms,
    ) -> None:
        sources = [hits[number - 1].passage for number in reply.passages]
        orders = {n: names.hide(text) for n, text in question.customer.orders.items()}
        grounds = Grounds(sources, orders, names.known)
        await _in_thread(checks.check, reply.text, grounds, question.language, reply.english)

    def _carry_out(
        self, reply: ModelReply, question: Question, hits: Sequence[Hit], names: Pseudonyms
    ) -> Answer:
        chosen = tuple(hits[number - 1].passage for number in reply.passages)
        if reply.kind is Kind.ANSWER:
            return Answer(Origin.MODEL, names.restore(reply.text), chosen)
        if reply.kind is Kind.START:
            said = names.restore(reply.order_number)
            number = _said_number(said, question, self._numbers)
            return Answer(Origin.FLOW, intent=reply.intent, order_number=number)
        if reply.kind is Kind.ASK:
            return Answer(Origin.ASK, suggestions=chosen)
        if reply.kind is Kind.HANDOFF:
            return Answer(Origin.PERSON, reason="the model asks for a person")
        return Answer(Origin.NOWHERE, suggestions=self._nearest(hits), reason="declined")


def _storable(text: str) -> str:
    """The text without NUL, which PostgreSQL rejects, and lone surrogates, which UTF-8 rejects."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


async def _in_thread(work: Callable[..., T], *given: object) -> T:
    """Run CPU-bound work of some milliseconds outside the event loop.

    In as many threads as there are processors: more would only take turns.
    """
    return await asyncio.get_running_loop().run_in_executor(_POOL, work, *given)


def _said_number(number: str, question: Question, numbers: OrderNumbers) -> str:
    """The order number that a model read, if the customer wrote it; else an empty string."""
    normal = numbers.normal(number)
    said = [question.text, *(m.content for m in question.history if m.role == "user")]
    return normal if normal and any(normal.casefold() in text.casefold() for text in said) else ""
