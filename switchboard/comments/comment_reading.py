"""What the assistant's own NLU says of a comment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.conversations.moods import Level
from switchboard.conversations.routes import Decision, Route, decide
from switchboard.conversations.turns import (
    LANGUAGE,
    MOOD,
    OPEN_INTENT,
    PERSON_INTENT,
    UNCLEAR_INTENT,
    UPSET_INTENT,
)

_ROUTED = frozenset({OPEN_INTENT, PERSON_INTENT, UNCLEAR_INTENT, UPSET_INTENT})
_LIKELY = 0.5


@dataclass(frozen=True)
class CommentReading:
    """How a comment is understood. `wish` is the likeliest intent below the routers; `known` when
    it is one that the assistant was taught and is likely; `route` is where its turn would go."""

    wish: str
    known: bool
    level: Level
    negative: float
    route: Decision
    language: str | None
    numbered: bool

    @property
    def wants_person(self) -> bool:
        """Whether a turn of the same words would go to a person."""
        return self.route.route is Route.PERSON


def read_parse(data: Mapping[str, Any]) -> CommentReading:
    """Read parse data, as the agent's `parse_message` returns it."""
    ranking = [entry for entry in data.get("intent_ranking") or () if entry.get("name")]
    wishes = [entry for entry in ranking if entry["name"] not in _ROUTED - {PERSON_INTENT}]
    best: Mapping[str, Any] = wishes[0] if wishes else {"name": "", "confidence": 0.0}
    top = str((data.get("intent") or {}).get("name") or "")
    evidence, mood = data.get("intent_evidence") or {}, data.get(MOOD) or {}
    like_one = float(evidence.get("score") or 0.0) >= float(evidence.get("threshold") or 0.0)
    likely = float(best["confidence"]) >= _LIKELY
    return CommentReading(
        wish=str(best["name"]),
        known=like_one and likely and top != OPEN_INTENT,
        level=Level(mood.get("level") or Level.CALM.value),
        negative=float(mood.get("negative") or 0.0),
        route=decide(data),
        language=data.get(LANGUAGE),
        numbered=any(e.get("entity") == "order_number" for e in data.get("entities") or ()),
    )
