"""Evaluates answers without a model: what is told to whom asks by topic, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from switchboard.answering.finding import Finding
from switchboard.answering.followup import completed
from switchboard.answering.offer import Phrases
from switchboard.embedding.encoder import asking_encoder
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.llm.chat_model import Message
from switchboard.shop.speech import Phrasebook

SETS = {"built on": "by_topic.yml", "unseen": "unseen.yml"}
"""The first was looked at while the search was built, the second was not."""
Figures = dict[str, Any]


def _told(finding: Finding, library: LiveLibrary, asked: str, language: str) -> list[str]:
    found = finding.answer(asked, library.search(asked, 4, language), language, "")
    return [passage.id for passage in found.sources]


def _one_set(rows: list[Any], finding: Finding, library: LiveLibrary, language: str) -> Figures:
    """Shares of the answerable questions, and of those that nothing in the shop answers.

    `right`: a passage that answers is told first, or alone. `wrong`: none that is told answers.
    """
    lexical = MemoryIndex(
        [p for p in library.passages() if p.language == language], asking_encoder()
    )
    right = wrong = bm25 = answered = two = 0
    for asked, answers in rows:
        told = _told(finding, library, asked, language)
        two += len(told) > 1
        if not answers:
            answered += bool(told)
            continue
        right += bool(told) and told[0] in answers
        wrong += bool(told) and not set(told) & set(answers)
        words = lexical.search_words(asked, 1)
        bm25 += bool(words) and words[0].id in answers
    answerable = sum(bool(answers) for _, answers in rows)
    return {
        "answerable": answerable,
        "right": right / answerable,
        "right_bm25": bm25 / answerable,
        "wrong": wrong / answerable,
        "unanswerable": len(rows) - answerable,
        "unanswerable_answered": answered / (len(rows) - answerable),
        "two_things": two / len(rows),
    }


def _follow_ups(rows: list[Any], library: LiveLibrary, language: str) -> float:
    """The share of questions that lean on the one before and find their passage among two."""
    found = 0
    for first, second, passage in rows:
        asked = completed(second, [Message("user", first), Message("assistant", "…")])
        found += passage in [hit.passage.id for hit in library.search(asked, 2, language)]
    return found / len(rows)


def evaluate_finding(folder: Path, library: LiveLibrary, phrasebook: Phrasebook) -> Figures:
    """Figures by language and set; `folder` has the question sets."""
    finding = Finding(asking_encoder(), ProductFacts(phrasebook), Phrases(phrasebook.words))
    figures: Figures = {}
    for name, file in {**SETS, "follow_ups": "followups.yml"}.items():
        rows = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        for language, asked in rows.items():
            own = figures.setdefault(language, {})
            if name == "follow_ups":
                own[name] = _follow_ups(asked, library, language)
            else:
                own[name] = _one_set(asked, finding, library, language)
    return figures
