"""Customers whose words are misread, and what they do then, read from `habits.yml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, zip_longest
from pathlib import Path
from typing import Any

import yaml

from switchboard.conversations.turns import TOPICS
from switchboard.demo.demo_script import CHANNELS, CUSTOMER, DemoScript, Step, When
from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml

HABITS = Path(__file__).with_name("habits.yml")
_ORDER = "4712"
"""What they name when they are asked for an order; nobody of them proves that it is theirs."""
_THANKS = {"en": "thanks", "zh": "谢谢"}


@dataclass(frozen=True)
class Habit:
    """One way in which one sort of people asks for one thing. `says`: said again after that, in
    words of `plainly`; `leaves`: nothing is said after that."""

    intent: str
    language: str
    who: str
    says: tuple[str, ...]
    leaves: tuple[str, ...]
    plainly: tuple[str, ...]

    @property
    def wordings(self) -> tuple[str, ...]:
        """All that is to be learned of it."""
        return (*self.says, *self.leaves)


def read_habits(path: Path = HABITS) -> list[Habit]:
    """All habits.

    Raises:
        ConfigurationError: the file cannot be read, or lacks something.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))["habits"]
        return [_habit(entry) for entry in raw]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error


def habit_scripts(habits: Iterable[Habit]) -> list[DemoScript]:
    """A conversation for each wording; those of one habit are not in a row."""
    spoken = [list(_conversations(habit)) for habit in habits]
    rounds = zip_longest(*spoken)
    steps = [one for together in rounds for one in together if one is not None]
    return [
        DemoScript(kind, When.DAY, one) for kind, one in zip(cycle(CHANNELS), steps, strict=False)
    ]


def _habit(entry: Mapping[str, Any]) -> Habit:
    texts = [tuple(entry.get(name) or ()) for name in ("says", "leaves", "plainly")]
    says, leaves, plainly = texts
    if not plainly or not all(isinstance(t, str) and t.strip() for part in texts for t in part):
        raise ValueError(f"no habit: {entry!r}")
    return Habit(entry["intent"], entry["language"], entry["who"], says, leaves, plainly)


def _conversations(habit: Habit) -> Iterator[tuple[Step, ...]]:
    then = _ORDER if habit.intent in TOPICS else _THANKS[habit.language]
    for text, plain in zip(habit.says, cycle(habit.plainly), strict=False):
        means = Step("means", [habit.intent, plain])
        yield (Step(CUSTOMER, text), means, Step(CUSTOMER, then))
    for text in habit.leaves:
        yield (Step(CUSTOMER, text), Step("correct", habit.intent))
