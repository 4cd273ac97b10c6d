"""What a simulated customer knows and wants, and the words that people have for each act.

Goals stand in `*.yml` files of a folder, the words in `words_<language>.yml`: acts with a list of
wordings, the same place in each list by the same person. `docs/goals.md` tells how to write both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError

Words = Mapping[str, Sequence[str]]
USUAL_ANSWERS = {
    "order_number": "give_order",
    "order_contact": "give_email",
    "order_item": "pick_item",
    "change_order_quantity": "give_quantity",
    "change_shipping_address_new": "give_address",
    "return_item_reason": "give_reason",
    "exchange_item_wanted": "give_wanted",
    "damaged_item_description": "describe_damage",
    "damaged_item_wish": "want_money",
    "order_confirm": "yes",
}
"""What is said to a question where a goal names nothing else."""


@dataclass(frozen=True)
class Goal:
    """An agenda. `says` are acts, each when the one before is settled; `answers` the acts with
    which the customer replies to questions of a kind, in turn, the last again; `shop` what
    must hold in the order system afterwards, `acts` how many acts it did; `told` and `never` what
    must and must not be read, as texts; `least` the fewest messages that can reach the goal."""

    name: str
    language: str
    says: tuple[str, ...]
    facts: Mapping[str, str]
    answers: Mapping[str, tuple[str, ...]]
    shop: Mapping[str, Mapping[str, Any]]
    acts: int
    told: tuple[str, ...]
    never: tuple[str, ...]
    least: int
    ends: str = ""
    """`person` where a ticket is the goal."""


def read_goals(folder: Path) -> list[Goal]:
    """The goals of a folder, each once for every language that it is told in.

    Raises:
        ConfigurationError: a file cannot be read or is no list of goals.
    """
    goals: list[Goal] = []
    for path in sorted(folder.glob("*.yml")):
        if path.name.startswith("words_"):
            continue
        try:
            for raw in yaml.safe_load(path.read_text(encoding="utf-8"))["goals"]:
                goals += [_goal(raw, language) for language in raw.get("languages", ("en", "zh"))]
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"cannot read {path}: {error!r}") from error
    return goals


def _goal(raw: Mapping[str, Any], language: str) -> Goal:
    def own(value: Any) -> Any:
        """A value that differs by language, as {en: …, zh: …}."""
        return value[language] if isinstance(value, dict) and set(value) <= {"en", "zh"} else value

    answers = {
        kind: tuple([acts] if isinstance(acts, str) else acts)
        for kind, acts in {**USUAL_ANSWERS, **(raw.get("answers") or {})}.items()
    }
    return Goal(
        name=str(raw["goal"]),
        language=language,
        says=tuple(raw["says"]),
        facts={k: str(own(v)) for k, v in (raw.get("facts") or {}).items()},
        answers=answers,
        shop={str(k): v for k, v in (raw.get("shop") or {}).items()},
        acts=int(raw.get("acts", 0)),
        told=tuple(map(str, own(raw.get("told")) or ())),
        never=tuple(map(str, own(raw.get("never")) or ())),
        least=int(raw["least"]),
        ends=str(raw.get("ends") or ""),
    )


def read_words(folder: Path, language: str) -> Words:
    """The wordings of a language.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    path = folder / f"words_{language}.yml"
    try:
        words: Words = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read {path}: {error!r}") from error
    return words
