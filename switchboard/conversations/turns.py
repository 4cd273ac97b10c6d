"""The route of every turn (known, open, person) with its reason: recorded, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.tables import turns

LANGUAGE = "language"
"""Of a parsed message: an ISO 639-1 code, or None when the message does not tell."""
MOOD = "mood"
"""Of a parsed message: the probabilities `negative`, `neutral`, `positive`, `anger`, `displeasure`;
the `words` that tell, if displeased; and the `level` that follows from them."""
REQUESTS = "requests"
"""Of a parsed message: what else was asked, in order, each `{text, intent, entities}`."""
OPEN_REASON = "open_reason"
"""Of a parsed message: why it was taken for an open question."""

OPEN_INTENT = "nlu_fallback"
UPSET_INTENT = "negative_sentiment"
PERSON_INTENT = "contact_human_agent"
UNCLEAR_INTENT = "unclear_intent"
ARTICLE_INTENT = "choose_article"
ATTACHMENT_INTENT = "send_attachment"
RATING_INTENT = "rate_service"
RESUME_INTENT = "resume_bot"
"""The customer would rather not wait for a person."""
WORDLESS = frozenset({ARTICLE_INTENT, ATTACHMENT_INTENT, RATING_INTENT, RESUME_INTENT})
"""Intents that come by buttons and channels, never by words: they have no examples."""
CAREFUL_INTENTS = frozenset({"self_harm", "medical_question", "legal_question", "threat"})
"""A fixed text and a person, whatever else could be said."""
GRAVE_INTENTS = frozenset({"self_harm", "threat"})
"""Of those, where a life may be in danger: a likelier wish does not hide them."""
OVERTAKEN = "overtaken"
"""In a message's metadata: the customer wrote again while this one was being answered."""
EXPLAINED = "explain"
"""The conversation id of what `make explain` asks: no customer's."""
SMALL_TALK = frozenset(
    {"greet", "goodbye", "thank", "affirm", "deny", "inform", "bot_challenge", "stop"}
)
"""Intents that ask for nothing."""


class Route(str, Enum):
    """Where a turn went."""

    KNOWN = "known"
    OPEN = "open"
    PERSON = "person"


@dataclass(frozen=True)
class Turn:
    """One message of a customer and what became of it."""

    route: Route
    reason: str
    intent: str
    mood: float | None


def read_turn(parse_data: Mapping[str, Any], paused: bool) -> Turn:
    """Decide the route from what NLU said; `paused` when a person already has the case."""
    intent = str((parse_data.get("intent") or {}).get("name") or "")
    confidence = float((parse_data.get("intent") or {}).get("confidence") or 0.0)
    mood = parse_data.get("mood") or {}
    score = mood.get("anger")
    if paused:
        route, reason = Route.PERSON, "already with a person"
    elif intent == UPSET_INTENT:
        route, reason = Route.PERSON, str(mood.get("reason") or "upset")
    elif intent == PERSON_INTENT:
        route, reason = Route.PERSON, "asked for a person"
    elif intent in CAREFUL_INTENTS:
        route, reason = Route.PERSON, intent.replace("_", " ")
    elif intent == OPEN_INTENT or not intent:
        route, reason = Route.OPEN, str(parse_data.get("open_reason") or "no known intent")
    else:
        route, reason = Route.KNOWN, f"{intent} {confidence:.2f}"
    return Turn(route, reason[:255], intent[:64], float(score) if score is not None else None)


def record_turn(db: Connection, conversation_id: str, at: float, channel: str, turn: Turn) -> None:
    """Write one turn, in the caller's transaction."""
    db.execute(
        sa.insert(turns).values(
            conversation_id=conversation_id,
            at=at,
            channel=channel[:64],
            route=turn.route.value,
            reason=turn.reason,
            intent=turn.intent,
            mood=turn.mood,
        )
    )


def count_routes(engine: Engine, since: float = 0.0) -> dict[str, int]:
    """How many turns went where since a time (seconds since the epoch)."""
    query = (
        sa.select(turns.c.route, sa.func.count())
        .where(turns.c.at >= since)
        .group_by(turns.c.route)
        .order_by(turns.c.route)
    )
    with engine.connect() as db:
        return {route: int(number) for route, number in db.execute(query)}
