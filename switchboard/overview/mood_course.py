"""How a customer's mood went over a visit: how it was at first, at worst and at last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from switchboard.conversations.moods import Level
from switchboard.overview.visits import TurnSeen

VALUES: Mapping[str, float] = MappingProxyType(
    {
        Level.ANGRY.value: -2.0,
        Level.DISPLEASED.value: -1.0,
        Level.TROUBLED.value: -0.5,
        Level.CALM.value: 0.0,
        Level.GLAD.value: 1.0,
    }
)
"""What the steps are worth beside each other. Who has a problem is troubled, and not displeased."""


@dataclass(frozen=True)
class MoodCourse:
    """Levels by their values (`moods.Level`)."""

    first: str
    worst: str
    last: str

    @property
    def change(self) -> float:
        """How much better it was at last than at first; below nought, worse."""
        return VALUES[self.last] - VALUES[self.first]


def read_mood(part: Sequence[TurnSeen]) -> MoodCourse:
    """The course over a visit's turns, of which there is one at least."""
    levels = [_level(turn) for turn in part]
    return MoodCourse(levels[0], min(levels, key=VALUES.__getitem__), levels[-1])


def _level(turn: TurnSeen) -> str:
    if turn.level in VALUES:
        return turn.level
    return Level.DISPLEASED.value if turn.displeased else Level.CALM.value
