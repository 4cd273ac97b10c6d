"""Answers open questions: with a model that chooses among the shop's statements, or by search."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from switchboard.answering.asking import Asking
from switchboard.answering.background import in_thread
from switchboard.answering.claims import forbidden_claim
from switchboard.answering.finding import Finding, nearest
from switchboard.answering.followup import completed
from switchboard.answering.ledger import Ledger
from switchboard.answering.question import MAX_QUESTION, Answer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.errors import CeilingReached, ModelError
from switchboard.failures import place_of
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import Hit
from switchboard.knowledge_graph.graph_finding import GraphFinding
from switchboard.knowledge_graph.live_graph import LiveGraph
from switchboard.llm.chat_model import Deadline
from switchboard.privacy.redaction import redact
from switchboard.text.language import ENGLISH
from switchboard.text.storable import clean_text

logger = logging.getLogger(__name__)

MIN_SCORE_FOR_MODEL = 0.12
"""Below this score the passages are about something else, and no model is called."""
PASSAGES = 4
SEARCH_SECONDS = 3.0
PROVING = "order_details"
"""The flow that proves an order: asked what of it may go where, one that nobody has proved."""
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_ABOUT_SIZE = re.compile(r"\b(?:sizes?|fits?|fitting)\b|尺码|尺寸|大小|码数|合身", re.IGNORECASE)


class Knowledge(Protocol):
    """A search for passages."""

    def search(self, question: str, limit: int = 3, language: str = ENGLISH) -> list[Hit]:
        """The best passages for a question in a language, best first."""


class AnswerEngine:
    """Answers open questions. Never raises: on failure, articles or suggestions are the answer."""

    def __init__(
        self,
        knowledge: Knowledge,
        finding: Finding,
        ledger: Ledger,
        asking: Asking | None,
        graph: LiveGraph | None = None,
    ) -> None:
        self._knowledge, self._finding, self._graph = knowledge, finding, graph
        self._ledger, self._asking = ledger, asking

    async def answer(self, question: Question, trace: Trace | None = None) -> Answer:
        """Answer a question; `trace` is filled in during it."""
        trace = Trace() if trace is None else trace
        question = replace(question, text=clean_text(question.text[:MAX_QUESTION]))
        try:
            answer = _sendable(await self._answer(question, trace), question)
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.error("open question failed (%s): %s", error_id, place_of(error))
            answer = Answer(Origin.NOWHERE, reason=f"error {error_id}")
        trace.took("rest")
        await asyncio.to_thread(self._ledger.record, question, answer, trace)
        return answer

    async def _answer(self, question: Question, trace: Trace) -> Answer:
        deadline = Deadline(self._asking.seconds if self._asking else SEARCH_SECONDS)
        try:
            await asyncio.wait_for(in_thread(self._search, question, trace), SEARCH_SECONDS)
        except Exception as error:  # any error behind the port
            logger.error("knowledge not searched: %s", place_of(error))
            return Answer(Origin.NOWHERE, reason=f"no knowledge: {type(error).__name__}")
        finally:
            trace.took("search")
        found = trace.found
        if found is not None and found.needs_proof:
            return Answer(Origin.FLOW, intent=PROVING, reason="an order that nobody proved")
        reason = self._why_not_ask(question, trace.hits, found)
        if self._asking is not None and not reason:
            try:
                answer = await self._asking.answer(
                    question, self._offered(question, trace.hits, found), trace, deadline
                )
            except CeilingReached:
                reason = "ceiling"
            except ModelError as error:
                reason = f"{type(error).__name__}: {error}"
                logger.warning("open question without the model: %s", place_of(error))
            else:
                if answer.origin is Origin.NOWHERE:
                    return replace(answer, suggestions=nearest(trace.hits))
                return answer
        if found is not None:
            return self._finding.stated(found.statements, found.sources, question.language, reason)
        return await in_thread(
            self._finding.answer, trace.searched, trace.hits, question.language, reason
        )

    def _search(self, question: Question, trace: Trace) -> None:
        whole = completed(question.text, question.history)
        searched = redact(whole)
        trace.searched = _PLACEHOLDER.sub(" ", searched).strip()
        if question.customer.size and _ABOUT_SIZE.search(question.text):
            trace.searched += f" {question.customer.size}"
        trace.hits = self._knowledge.search(trace.searched, PASSAGES, question.language)
        trace.took("search")
        if self._graph is not None:
            bought = [sku for skus in question.customer.bought.values() for sku in skus]
            before = whole.removesuffix(question.text)
            trace.found = self._graph.find(question.text, question.language, bought, before)
            trace.took("graph")

    def _why_not_ask(
        self, question: Question, hits: Sequence[Hit], found: GraphFinding | None
    ) -> str:
        if self._asking is None:
            return "no model"
        if question.hurried:
            return "the customer wrote again"
        if found is None and max((h.score for h in hits), default=0.0) < MIN_SCORE_FOR_MODEL:
            return "no passage near"
        return ""

    def _offered(
        self, question: Question, hits: Sequence[Hit], found: GraphFinding | None
    ) -> list[Passage]:
        """The passages found, what the catalogue tells of the product that is named, and first
        what the graph found."""
        of_graph = [found.passage(question.language)] if found is not None else []
        named = self._finding.products.named(question.text)[:1]
        told = (self._finding.products.passage(sku, question.language) for sku in named)
        # The best first, the others in one order: the same question in capitals finds them in
        # another, and would not be found in the cache.
        passages = [hit.passage for hit in hits]
        others = sorted(passages[1:], key=lambda passage: passage.id)
        return [*of_graph, *passages[:1], *others, *(passage for passage in told if passage)]


def _sendable(answer: Answer, question: Question) -> Answer:
    """The answer, unless its text must not go out whoever wrote it: an article may ask for a
    password too, or name an order."""
    wrong = forbidden_claim(answer.text, answer.text, frozenset(question.customer.orders))
    if not answer.text or wrong is None:
        return answer
    logger.error("an answer was not sent: %s", wrong)
    return Answer(Origin.NOWHERE, reason=f"not sent: {wrong}")
