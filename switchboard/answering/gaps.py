"""Gaps in the articles: unanswered questions, and drafts from how people resolved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from switchboard.answering.question import Origin
from switchboard.conversations.turns import EXPLAINED
from switchboard.database.tables import open_turns, tickets
from switchboard.embedding.encoder import Encoder
from switchboard.knowledge.importing import ArticleDraft
from switchboard.privacy.redaction import redact
from switchboard.text.language import SPOKEN
from switchboard.text.normal import plain_text

ALIKE = 0.75
"""Questions with at least this cosine count as one."""
MAX_QUESTIONS = 5000
UNANSWERED = tuple(origin.value for origin in (Origin.NOWHERE, Origin.ASK, Origin.PERSON))


@dataclass(frozen=True)
class Gap:
    """Unanswered questions of one meaning, represented by the latest one."""

    question: str
    language: str
    times: int
    nearest: str
    """The id of the nearest passage; empty if there was none."""


def find_gaps(engine: Engine, encoder: Encoder, since: float = 0.0) -> list[Gap]:
    """The gaps, most frequent first. Stored questions are redacted already."""
    table = open_turns.c
    query = (
        sa.select(table.question, table.language, table.passage)
        .where(table.at >= since, table.outcome.in_(UNANSWERED), table.conversation_id != EXPLAINED)
        .order_by(table.at.desc())
        .limit(MAX_QUESTIONS)
    )
    with engine.connect() as db:
        rows = [row for row in db.execute(query) if row.question.strip()]
    if not rows:
        return []
    vectors = encoder.encode([plain_text(row.question) for row in rows])
    groups = ((rows[group[0]], len(group)) for group in group_alike(vectors))
    gaps = [Gap(row.question, row.language, times, row.passage) for row, times in groups]
    return sorted(gaps, key=lambda gap: -gap.times)


def group_alike(vectors: NDArray[Any]) -> list[list[int]]:
    """The rows of unit vectors in groups of one meaning, each with the first of its rows before
    those that are like it."""
    groups: list[list[int]] = []
    left = np.ones(len(vectors), bool)
    for i in range(len(vectors)):
        if not left[i]:
            continue
        alike = left & (vectors @ vectors[i] >= ALIKE)
        alike[i] = True
        left &= ~alike
        groups.append([int(row) for row in np.flatnonzero(alike)])
    return groups


def propose(engine: Engine, known: Sequence[str] = ()) -> list[ArticleDraft]:
    """Article drafts from tickets: the unanswered question with its resolution.

    Redacted, and only a proposal: resolutions are written for colleagues. `known` are existing
    titles.
    """
    question = (
        sa.select(open_turns.c.question)
        .where(
            open_turns.c.conversation_id == tickets.c.conversation_id,
            open_turns.c.at <= tickets.c.opened_at + 1,
            open_turns.c.outcome.in_(UNANSWERED),
        )
        .order_by(open_turns.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    language = (
        sa.select(open_turns.c.language)
        .where(open_turns.c.conversation_id == tickets.c.conversation_id)
        .order_by(open_turns.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(question, language, tickets.c.resolution).where(
        tickets.c.resolution.is_not(None), question.is_not(None)
    )
    drafts = {}
    with engine.connect() as db:
        for asked, spoken, resolution in db.execute(query):
            title = redact(asked)[:120]
            if resolution.strip() and title not in known:
                code = spoken if spoken in SPOKEN else "en"
                drafts[title] = ArticleDraft(title, redact(resolution), code, (title,))
    return list(drafts.values())
