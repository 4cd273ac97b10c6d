"""When a conversation goes to a person because of how the customer feels: decided here alone.

- an angry message, or one with a legal or safety word: a person, now;
- displeased twice within three messages: a person;
- displeased once, or a problem told: a sentence of empathy, then the answer that was asked;
- relief or thanks in between: the count begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

WINDOW = 3
"""Messages, the latest included, in which the second displeased one counts."""
LEGAL = re.compile(
    r"\b(?:my (?:lawyer|solicitor|attorney)|sue you|legal action|small claims|"
    r"consumer protection|trading standards|ombudsman|chargeback|report you to|police)\b"
    r"|律师|起诉|法院|报警|12315|消费者协会|消协|工商局|曝光",
    re.IGNORECASE,
)
"""Words that a person must see, however politely they are said."""
_READ = 2000


class Level(str, Enum):
    """How a message was said, in the steps that decide."""

    ANGRY = "angry"
    DISPLEASED = "displeased"
    TROUBLED = "troubled"
    CALM = "calm"
    GLAD = "glad"


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a message counts; they stand in `config.yml`."""

    angry: float
    displeased: float
    troubled: float
    glad: float = 0.4


def level_of(mood: Mapping[str, Any], thresholds: Thresholds) -> Level:
    """The step of a mood as the classifier sets it; without one, calm."""
    anger = float(mood.get("anger") or 0.0)
    if anger >= thresholds.angry:
        return Level.ANGRY
    if max(anger, float(mood.get("displeasure") or 0.0)) >= thresholds.displeased:
        return Level.DISPLEASED
    if float(mood.get("positive") or 0.0) >= thresholds.glad:
        return Level.GLAD
    if float(mood.get("negative") or 0.0) >= thresholds.troubled:
        return Level.TROUBLED
    return Level.CALM


def reason_now(text: str, mood: Mapping[str, Any], level: Level) -> str | None:
    """Why this message alone calls for a person, in words; None if it does not."""
    legal = LEGAL.search(text[:_READ])
    if legal:
        return f"legal or safety words: '{legal[0].lower()}'"
    if level is not Level.ANGRY:
        return None
    return "anger " + _told(mood)


def reason_in_turn(moods: Sequence[Mapping[str, Any]]) -> str | None:
    """Why the latest messages together call for a person; `moods` oldest first, with `level`."""
    counted: list[Mapping[str, Any]] = []
    for mood in moods[-WINDOW:]:
        if mood.get("level") == Level.GLAD.value:
            counted = []
        elif mood.get("level") == Level.DISPLEASED.value:
            counted.append(mood)
    latest = moods[-1].get("level") if moods else None
    if len(counted) < 2 or latest != Level.DISPLEASED.value:
        return None
    return "displeased twice: " + ", ".join(_told(mood) for mood in counted)


def _told(mood: Mapping[str, Any]) -> str:
    words = mood.get("words")
    shown = max(float(mood.get(key) or 0.0) for key in ("anger", "displeasure"))
    return f"{shown:.2f}" + (f": '{words}'" if words else "")
