"""What is proposed, from everything that the conversations of a period show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.answering.gaps import UNANSWERED, group_alike
from switchboard.answering.question import Origin
from switchboard.conversations.turns import EXPLAINED
from switchboard.database.tables import open_turns, tickets
from switchboard.knowledge_graph.contradictions import Contradiction
from switchboard.learning.heard_messages import HeardMessage, has_agreed, read_heard
from switchboard.learning.misreadings import Misreading, find_misreadings
from switchboard.learning.proposal_book import (
    MOST_LETTERS,
    OF_FILES,
    Discovery,
    Evidence,
    ProposalKind,
)
from switchboard.overview.effort import SameWish
from switchboard.overview.question_groups import Vectors, encode_gently
from switchboard.privacy.redaction import redact
from switchboard.text.language import CHINESE, ENGLISH, SPOKEN, has_han
from switchboard.text.normal import plain_text

ENOUGH = 5
"""Open questions of one meaning, by as many customers, from which an intent is proposed."""
SOON = 1800.0
"""Seconds after an answer within which a ticket counts as following from it."""
MOST_QUESTIONS = 5000
"""The newest open questions of a period that are looked at."""


def find_wordings(
    engine: Engine,
    same_wish: SameWish | None,
    since: float,
    until: float,
    ask_consent: bool = False,
) -> Iterator[Discovery]:
    """New wordings of known intents, from messages that were read as something else."""
    for heard in read_heard(engine, since, until, ask_consent):
        for misreading in find_misreadings(heard, same_wish):
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


def find_missing(
    engine: Engine, vectors: Vectors, since: float, until: float, ask_consent: bool = False
) -> list[Discovery]:
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
    if ask_consent:
        query = query.where(has_agreed(table.conversation_id))
    with engine.connect() as db:
        rows = db.execute(query).all()
    if not rows:
        return []
    encoded = encode_gently(vectors, [plain_text(row.question) for row in rows])
    found = []
    for group in group_alike(encoded):
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


def find_bad_answers(
    engine: Engine, since: float, until: float, ask_consent: bool = False
) -> list[Discovery]:
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
    if ask_consent:
        query = query.where(has_agreed(table.conversation_id))
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


def find_contradictions(found: Iterable[Contradiction], at: float) -> list[Discovery]:
    """Sentences of the shop's files that cannot both hold, as they stand there at a moment."""
    return [
        Discovery(
            ProposalKind.CONTRADICTION,
            f"{one.first} — {one.second}",
            CHINESE if has_han(one.first) else ENGLISH,
            one.why,
            (
                Evidence(
                    OF_FILES,
                    at,
                    "contradiction",
                    f"{one.first_place}: {one.first}",
                    f"{one.second_place}: {one.second}",
                ),
            ),
        )
        for one in found
    ]
