"""How a message was said, in the steps that decide: from angry to glad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


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
