"""What `data/graph.yml` says: kinds, materials, parts and places, and what is asked of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import ENGLISH, SPOKEN

FILE = "graph.yml"
VALUES = ("yes", "no", "told")
"""What a statement says of a thing: that something holds, that it does not, or how it is."""
Patterns = Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class Property:
    """Something that is asked of a thing. Words in `data/graph.yml`, by language.

    `can`: a statement's own yes or no is said. `told`: statements tell how it is, not whether.
    `spreads`: the value that, holding of a part, holds of the whole. `of`: what it is said of where
    that is not a thing of the shop: `place`, `part` or `everything`. `only_listed`: it answers
    lists alone.
    """

    name: str
    ask: Patterns
    say: Patterns
    can: bool = False
    told: bool = False
    spreads: str = ""
    of: str = ""
    only_listed: bool = False
    listed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Amount:
    """What an amount of the policy is about: patterns that a statement of it has, all of them."""

    key: str
    unit: str
    about: Mapping[str, Sequence[re.Pattern[str]]]
    unless: Patterns


@dataclass(frozen=True)
class Lexicon:
    """The parsed file. `classes`: (word, node) by language; `above`: what a node is one of."""

    classes: Mapping[str, tuple[tuple[str, str], ...]]
    places: Mapping[str, tuple[tuple[str, str], ...]]
    ignored: Mapping[str, tuple[str, ...]]
    above: tuple[tuple[str, str, str], ...]
    names: Mapping[str, Mapping[str, str]]
    properties: Mapping[str, Property]
    thresholds: Mapping[str, Patterns]
    amounts: tuple[Amount, ...]
    goes_with: tuple[tuple[str, str], ...]
    sentences: Mapping[str, Mapping[str, str]]


def load_lexicon(path: Path) -> Lexicon | None:
    """Read the file; None for a shop without it.

    Raises:
        ConfigurationError: it cannot be read, or a word or pattern in it cannot be used.
    """
    if not path.exists():
        return None
    try:
        return _read(read_yaml(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__} {error}") from error
    except re.error as error:
        raise ConfigurationError(f"{path}: no regular expression: {error}") from error


def _read(raw: Mapping[str, Any]) -> Lexicon:
    groups = {"kind": "kinds", "material": "materials", "part": "parts"}
    things = [(p, n, w or {}) for p, key in groups.items() for n, w in _of(raw, key).items()]
    regions = [("region", name, words or {}) for name, words in _of(raw, "regions").items()]
    names = {
        f"{prefix}:{name}": {c: str(t) for c, t in words.get("names", _first(words)).items()}
        for prefix, name, words in [*things, *regions]
    }
    towns = {
        f"town:{word}": {code: str(word)}
        for _, _, words in regions
        for code, listed in (words.get("towns") or {}).items()
        for word in listed
    }
    return Lexicon(
        classes={code: tuple(_words(things, code)) for code in SPOKEN},
        places={code: (*_words(regions, code), *_towns(towns, code)) for code in SPOKEN},
        ignored={c: tuple(map(str, _of(raw, "ignored").get(c, ()))) for c in SPOKEN},
        above=tuple(_above([*things, *regions])),
        names={**names, **towns},
        properties={n: _property(n, raw_one) for n, raw_one in _of(raw, "properties").items()},
        thresholds={key: _patterns(forms) for key, forms in _of(raw, "thresholds").items()},
        amounts=tuple(_amount(key, given) for key, given in _of(raw, "amounts").items()),
        goes_with=tuple((str(one), str(other)) for one, other in raw.get("goes_with") or ()),
        sentences=_of(raw, "sentences"),
    )


def _of(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return raw.get(key) or {}


def _first(words: Mapping[str, Any]) -> dict[str, str]:
    """The first word of each language."""
    return {code: str(words[code][0]) for code in SPOKEN if words.get(code)}


def _words(
    things: Sequence[tuple[str, str, Mapping[str, Any]]], code: str
) -> Iterator[tuple[str, str]]:
    for prefix, name, words in things:
        for word in words.get(code) or [words["names"][code]]:
            yield str(word), f"{prefix}:{name}"


def _towns(towns: Mapping[str, Mapping[str, str]], code: str) -> Iterator[tuple[str, str]]:
    yield from ((forms[code], node) for node, forms in towns.items() if code in forms)


def _above(
    things: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> Iterator[tuple[str, str, str]]:
    """(node, relation, node) of what the file itself says."""
    for prefix, name, words in things:
        if words.get("of") and prefix == "part":
            yield f"kind:{words['of']}", "takes", f"part:{name}"
        elif words.get("of"):
            yield (
                f"{prefix}:{name}",
                "lies in" if prefix == "region" else "is",
                (f"{prefix}:{words['of']}"),
            )
        for listed in (words.get("towns") or {}).values():
            yield from ((f"town:{town}", "lies in", f"region:{name}") for town in listed)


def _patterns(forms: Mapping[str, Any]) -> dict[str, re.Pattern[str]]:
    return {code: re.compile(str(forms[code]), re.IGNORECASE) for code in SPOKEN if code in forms}


def _property(name: str, raw: Mapping[str, Any]) -> Property:
    ask = _patterns(raw["ask"])
    listed = {str(value): dict(forms) for value, forms in (raw.get("listed") or {}).items()}
    spreads = str(raw.get("spreads", ""))
    if {*listed, spreads} - {*VALUES, ""} or not set(ask) >= {ENGLISH}:
        raise ValueError(f"{name}: values are {', '.join(VALUES)}, in quotes")
    return Property(
        name=name,
        ask=ask,
        say={**ask, **_patterns(raw.get("say") or {})},
        can=bool(raw.get("can")),
        told=bool(raw.get("told")),
        spreads=spreads,
        of=str(raw.get("of", "")),
        only_listed=bool(raw.get("only_listed")),
        listed=listed,
    )


def _amount(key: str, raw: Mapping[str, Any]) -> Amount:
    about = {
        code: tuple(re.compile(str(p), re.IGNORECASE) for p in patterns)
        for code, patterns in raw["about"].items()
    }
    return Amount(key, str(raw["unit"]), about, _patterns(raw.get("unless") or {}))
