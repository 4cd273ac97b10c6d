"""What the demo's customers say and what is done for them, read from `customers.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml

FILE = Path(__file__).with_name("customers.yml")
CUSTOMER = "customer"
ACTS = frozenset("take answer note tag close give_back snooze until rate now means correct".split())
"""What a step can be beside a customer's message; `customers.yml` says what each means."""
CHANNELS = {"web": "socketio", "telegram": "telegram", "facebook": "facebook"}
"""The channel's name for each kind of conversation."""


class When(str, Enum):
    """When a conversation is to have been."""

    DAY = "day"
    OPEN = "open"
    OVERDUE = "overdue"
    NOW = "now"


@dataclass(frozen=True)
class Step:
    """One message (`kind` is `CUSTOMER`) or act; `value` is its text or what it needs."""

    kind: str
    value: Any


@dataclass(frozen=True)
class DemoScript:
    """One customer's conversation. `kind`: where they write, a key of `CHANNELS`."""

    kind: str
    when: When
    steps: tuple[Step, ...]

    @property
    def needs_people(self) -> bool:
        """Whether somebody works on it."""
        return any(step.kind in ("take", "correct") for step in self.steps)


def read_scripts(path: Path = FILE) -> list[DemoScript]:
    """All customers, in the order in which they come.

    Raises:
        ConfigurationError: the file cannot be read, or asks for what nobody can do.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))["customers"]
        return [_script(entry) for entry in raw]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error


def _script(entry: Mapping[str, Any]) -> DemoScript:
    steps = tuple(_step(said) for said in entry["says"])
    if entry["channel"] not in CHANNELS:
        raise ValueError(f"no such channel: {entry['channel']}")
    worked = any(step.kind in ("take", "until") for step in steps)
    when = When(entry.get("when") or (When.OPEN if worked else When.DAY))
    return DemoScript(entry["channel"], when, steps)


def _step(said: object) -> Step:
    if isinstance(said, str) and said.strip():
        return Step(CUSTOMER, said)
    if isinstance(said, Mapping) and len(said) == 1:
        [(kind, value)] = said.items()
        if kind in ACTS:
            return Step(kind, value)
    raise ValueError(f"no step: {said!r}")
