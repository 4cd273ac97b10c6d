"""What is proposed, from everything that the conversations of a period show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from switchboard.answering.gaps import UNANSWERED, group_alike
from switchboard.answering.question import Origin
from switchboard.conversations.turns import EXPLAINED
from switchboard.database.tables import open_turns, tickets
from switchboard.embedding.encoder import Encoder
from switchboard.learning.heard_messages import HeardMessage, read_heard
from switchboard.learning.misreadings import Misreading, find_misreadings
from switchboard.learning.proposal_book import MOST_LETTERS, Discovery, Evidence, ProposalKind
from switchboard.overview.wish_space import open_wish_space
from switchboard.privacy.redaction import redact
from switchboard.settings import load_settings
from switchboard.text.language import SPOKEN
from switchboard.text.normal import plain_text

ALIKE = 0.25
"""The cosine, by wish, from which what a customer writes next says the same again. Lower than
`SAME_WISH`: words that are misread lie far from those that are not (docs/learning/loop.md)."""
ENOUGH = 5
"""Open questions of one meaning, by as many customers, from which an intent is proposed."""
SOON = 1800.0
"""Seconds after an answer within which a ticket counts as following from it."""
MOST_QUESTIONS = 5000
"""The newest open questions of a period that are looked at."""


def find_wordings(
    engine: Engine, encoder: Encoder, since: float, until: float, ask_consent: bool = False
) -> Iterator[Discovery]:
    """New wordings of known intents, from messages that were read as something else."""

    space = open_wish_space(load_settings().data_dir / "nlu", encoder)

    def meanings(texts: Sequence[str]) -> NDArray[Any]:
        if space is None:  # a shop with hardly any intent
            return encoder.encode([plain_text(text) for text in texts])
        return np.array([space.vector(text) for text in texts])

    for heard in read_heard(engine, since, until, ask_consent):
        for misreading in find_misreadings(heard, meanings, ALIKE):
            yield _wording(misreading, heard)


def _wording(misreading: Misreading, heard: Sequence[HeardMessage]) -> Discovery:
    message = misreading.message
    piece = Evidence(
        message.conversation,
        message.at,
        misreading.sign.value,
        f"{redact(message.text)} → {message.intent or 'none'}"[:MOST_LETTERS],
        redact(misreading.shown_by)[:MOST_LETTERS],
    )
    spoken = message.language or next((one.language for one in heard if one.language), "")
    return Discovery(
        ProposalKind.WORDING,
        redact(message.text),
        spoken if spoken in SPOKEN else "en",
        misreading.meant,
        (piece,),
    )


def find_missing(engine: Engine, encoder: Encoder, since: float, until: float) -> list[Discovery]:
    """Missing intents and missing articles, from open questions of one meaning."""
    table = open_turns.c
    query = (
        sa.select(table.conversation_id, table.at, table.question, table.language, table.outcome)
        .where(
            table.at >= since,
            table.at < until,
            table.question != "",
            table.conversation_id != EXPLAINED,
        )
        .order_by(table.at.desc())
        .limit(MOST_QUESTIONS)
    )
    with engine.connect() as db:
        rows = db.execute(query).all()
    if not rows:
        return []
    vectors = encoder.encode([plain_text(row.question) for row in rows])
    found = []
    for group in group_alike(vectors):
        members = [rows[at] for at in group]
        evidence = tuple(
            Evidence(row.conversation_id, float(row.at), row.outcome, row.question[:MOST_LETTERS])
            for row in reversed(members)
        )
        first = members[0]
        unanswered = [piece for piece in evidence if piece.sign in UNANSWERED]
        if unanswered:
            found.append(
                Discovery(
                    ProposalKind.ARTICLE, first.question, first.language, "", tuple(unanswered)
                )
            )
        if len({row.conversation_id for row in members}) >= ENOUGH:
            found.append(
                Discovery(ProposalKind.INTENT, first.question, first.language, "", evidence)
            )
    return found


def find_bad_answers(engine: Engine, since: float, until: float) -> list[Discovery]:
    """Passages whose answers were followed by a ticket, by the passage."""
    table = open_turns.c
    answered = (Origin.MODEL.value, Origin.ARTICLE.value)
    query = (
        sa.select(
            table.conversation_id,
            table.at,
            table.question,
            table.language,
            table.passage,
            tickets.c.reference,
        )
        .join(tickets, tickets.c.conversation_id == table.conversation_id)
        .where(
            table.at >= since,
            table.at < until,
            table.outcome.in_(answered),
            table.passage != "",
            tickets.c.opened_at >= table.at,
            tickets.c.opened_at <= table.at + SOON,
        )
        .order_by(table.at)
        .limit(MOST_QUESTIONS)
    )
    grouped: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    with engine.connect() as db:
        for row in db.execute(query):
            grouped[row.passage, row.language].append(
                Evidence(
                    row.conversation_id,
                    float(row.at),
                    "ticket",
                    row.question[:MOST_LETTERS],
                    row.reference,
                )
            )
    return [
        Discovery(ProposalKind.ANSWER, passage, language, "", tuple(evidence))
        for (passage, language), evidence in grouped.items()
    ]
