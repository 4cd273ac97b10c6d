"""Drafts for agents: suggested answers with their sources, and articles.

Nothing is sent from here: a draft fills the answer field until a person sends it.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.opening import open_answers, open_library
from switchboard.answering.question import Origin, Question
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.library import LiveLibrary
from switchboard.llm.chat_model import Message
from switchboard.settings import Settings
from switchboard.shop.speech import open_phrasebook
from switchboard.tickets.story import Line
from switchboard.tickets.ticket_book import Ticket


@dataclass(frozen=True)
class AnswerDraft:
    """A draft for the answer field, with the passages it rests on."""

    text: str
    sources: tuple[Passage, ...] = ()
    note: str = ""


class Helper:
    """Drafts answers with the engine for open questions, which is loaded on first use."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._opening = threading.Lock()
        self._opened: tuple[LiveLibrary, AnswerEngine] | None = None

    async def suggest(self, ticket: Ticket, lines: list[Line]) -> AnswerDraft:
        """An answer to the customer's last question, in their language."""
        said = [line for line in lines if line.speaker == "customer"]
        if not said:
            return AnswerDraft("", note="The customer has said nothing yet.")
        _, engine = await asyncio.to_thread(self._open)
        before = lines[: lines.index(said[-1])]
        question = Question(
            text=said[-1].text,
            language=ticket.language,
            history=[_message(line) for line in before],
            conversation_id=ticket.conversation_id,
        )
        found = await engine.answer(question)
        if found.origin in (Origin.MODEL, Origin.ARTICLE):
            return AnswerDraft(found.text, found.sources)
        note = "Nothing in the articles answers this." if not found.suggestions else "Perhaps:"
        return AnswerDraft("", found.suggestions, note)

    async def search(self, words: str, language: str) -> list[Passage]:
        """The five passages that best match some words."""
        library, _ = await asyncio.to_thread(self._open)
        hits = await asyncio.to_thread(library.search, words[:500], 5, language)
        return [hit.passage for hit in hits]

    async def article(self, passage_id: str, language: str) -> AnswerDraft:
        """The text of a passage; empty if it does not exist."""
        library, _ = await asyncio.to_thread(self._open)
        passage = library.find(passage_id, language)
        return AnswerDraft(passage.text, (passage,)) if passage else AnswerDraft("")

    def _open(self) -> tuple[LiveLibrary, AnswerEngine]:
        with self._opening:
            if self._opened is None:
                phrasebook = open_phrasebook(self._settings.data_dir)
                library = open_library(self._settings, phrasebook)
                answers = open_answers(self._settings, library, phrasebook, self._engine)
                self._opened = (library, answers)
        return self._opened


def _message(line: Line) -> Message:
    return Message("user" if line.speaker == "customer" else "assistant", line.text)
