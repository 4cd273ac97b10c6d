"""Messages whose reading was least certain: what a person looks at first to correct it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from sqlalchemy.engine import Engine

from switchboard.learning.heard_messages import HeardMessage, read_heard
from switchboard.learning.learned_examples import as_example
from switchboard.learning.misreadings import Sign
from switchboard.learning.proposal_book import Discovery, Evidence, ProposalKind
from switchboard.privacy.redaction import redact
from switchboard.text.language import SPOKEN

MOST = 50


def least_certain(
    engine: Engine, since: float, until: float, ask_consent: bool = False
) -> list[HeardMessage]:
    """The messages of a period that were least certainly read, each wording once."""
    found: dict[str, HeardMessage] = {}
    for message in heapq.nsmallest(
        MOST * 3,
        _standing_alone(engine, since, until, ask_consent),
        key=lambda one: one.confidence,
    ):
        found.setdefault(message.text.lower(), message)
    return list(found.values())[:MOST]


def _standing_alone(
    engine: Engine, since: float, until: float, ask_consent: bool
) -> Iterator[HeardMessage]:
    for heard in read_heard(engine, since, until, ask_consent):
        form = ""
        for message in heard:
            if not (form or message.pressed) and as_example(message.text):
                yield message
            form = message.form


def correction(message: HeardMessage, meant: str, by: str) -> Discovery:
    """What a person says that a message means."""
    piece = Evidence(
        message.conversation,
        message.at,
        Sign.CORRECTED.value,
        f"{redact(message.text)} → {message.intent or 'none'}",
        by,
    )
    spoken = message.language if message.language in SPOKEN else "en"
    return Discovery(ProposalKind.WORDING, redact(message.text), spoken, meant, (piece,))
