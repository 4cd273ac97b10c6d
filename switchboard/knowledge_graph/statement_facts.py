"""What a statement of an article says of whom: (subjects, property, value), by words.

"Cotton sheets and towels are washed at 60 degrees" is about cotton sheets and cotton towels, not
about all that is of cotton; "wood" alone is about all wood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from switchboard.knowledge_graph.lexicon import Lexicon, Property
from switchboard.knowledge_graph.mention_finder import Mention, MentionFinder
from switchboard.text.language import SPOKEN

EVERYTHING = "everything"
BOTH = "+"
"""Between the nodes of a class that is all of them: `material:cotton+kind:sheet`."""
_CLAUSE = re.compile(r"(?<=[,;，；：])\s*")
_NOT = {
    "en": re.compile(r"\b(?:not|never|no|nor|without|cannot|free of)\b|n't\b", re.IGNORECASE),
    "zh": re.compile(r"不(?!锈|同|管)|没有|勿|别(?!的)|无(?!论)"),
}
_CAN = {
    "en": re.compile(
        r"\b(?:can|may|safe|fit|suitable|fine|ok(?:ay)?|works?|goe?s?|stands?|proof|allowed)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("可以|可|能|适合|耐|承受"),
}
"""What a permission is said by: "a dishwasher dries out wood" is none."""
_ONLY = {"en": re.compile(r"\bonly\b", re.IGNORECASE), "zh": re.compile("只有")}
_JOINED = re.compile(r"\s*(?:,|、|和|与|及|或|\band\b|\bor\b)?\s*")


@dataclass(frozen=True)
class Said:
    """One statement and where it stands. `id` is `<language>/<article>#<section>:<number>`."""

    id: str
    passage: str
    title: str
    language: str
    text: str
    forms: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = ()
    """The amounts of the policy that it names."""


@dataclass(frozen=True)
class StatedFact:
    """One thing that a statement says, in a clause of it. `only`: it holds of nothing else."""

    said: str
    property: str
    value: str
    subjects: tuple[str, ...]
    places: tuple[str, ...] = ()
    only: bool = False
    clause: str = ""


@dataclass
class _Group:
    """Some clauses of one statement that belong together."""

    text: str
    properties: list[Property]
    subjects: list[str]
    places: list[str]


class FactReader:
    """Reads the facts of statements by the shop's words."""

    def __init__(self, lexicon: Lexicon, products: Iterable[tuple[str, str]] = ()) -> None:
        """`products`: (name, node) of what is meant where a clause names no class."""
        self._products = MentionFinder(products)
        self._properties = tuple(lexicon.properties.values())
        self._classes = {
            code: MentionFinder(lexicon.classes[code], lexicon.ignored[code]) for code in SPOKEN
        }
        self._places = {code: MentionFinder(lexicon.places[code]) for code in SPOKEN}

    def read(self, said: Said) -> list[StatedFact]:
        """The facts of a statement; none where it says nothing of what is asked."""
        only = bool(_ONLY[said.language].search(said.text))
        return [
            StatedFact(
                said.id,
                prop.name,
                _value(prop, group, said),
                subjects,
                tuple(dict.fromkeys(group.places)),
                only,
                group.text,
            )
            for group in self._groups(said)
            for prop in group.properties
            if (subjects := _subjects(prop, group)) and _says(prop, group, said)
        ]

    def classes(self, text: str, language: str) -> list[str]:
        """The classes that a text names, else the products."""
        found = _classes(text, self._classes[language].find(text))
        return found or [str(mention.node) for mention in self._products.find(text)]

    def _groups(self, said: Said) -> list[_Group]:
        groups: list[_Group] = []
        pending = ""
        for clause in filter(None, _CLAUSE.split(said.text)):
            text = f"{pending} {clause}".strip()
            group = _Group(
                text,
                [p for p in self._properties if p.say[said.language].search(text)],
                self.classes(text, said.language),
                [m.node for m in self._places[said.language].find(text) if m.node],
            )
            pending = ""
            if group.properties and (group.subjects or group.places or groups):
                if not group.subjects and groups:
                    group.subjects = groups[-1].subjects
                groups.append(group)
            elif not groups:
                pending = text
            elif group.subjects:  # "linen at 40 degrees", after what is said of others
                group.properties = [p for p in groups[-1].properties if p.told]
                groups.append(group)
            else:
                groups[-1].places += group.places
        if pending:
            said_of_all = [
                p
                for p in self._properties
                if p.of == EVERYTHING and p.say[said.language].search(pending)
            ]
            groups.append(_Group(pending, said_of_all, [], []))
        return groups


def _says(prop: Property, group: _Group, said: Said) -> bool:
    """Whether a clause says that something may or may not be, where that is what counts."""
    patterns = (_CAN[said.language], _NOT[said.language])
    return not prop.can or any(pattern.search(group.text) for pattern in patterns)


def _value(prop: Property, group: _Group, said: Said) -> str:
    if prop.told:
        return "told"
    return "no" if _NOT[said.language].search(group.text) else "yes"


def _subjects(prop: Property, group: _Group) -> tuple[str, ...]:
    if prop.of == EVERYTHING:
        return (EVERYTHING,)
    if prop.of == "place":
        return tuple(dict.fromkeys(group.places))
    parts = [node for node in group.subjects if node.startswith("part:")]
    if prop.of == "part" or parts:
        return tuple(dict.fromkeys(parts)) if prop.of == "part" else ()
    return tuple(dict.fromkeys(group.subjects))


def _classes(text: str, mentions: Sequence[Mention]) -> list[str]:
    """A material right before a kind is one class with it, and with kinds that are joined on."""
    found: list[str] = []
    material, end = "", 0
    for at, mention in enumerate(mentions):
        node = str(mention.node)
        follows = bool(_JOINED.fullmatch(text[end : mention.start])) if end else False
        if node.startswith("material:"):
            behind = mentions[at + 1] if at + 1 < len(mentions) else None
            material = node
            if behind is None or not _adjectival(text, mention, behind):
                found.append(node)
                material = ""
        elif node.startswith("kind:") and material and follows:
            found.append(f"{material}{BOTH}{node}")
        else:
            material = ""
            found.append(node)
        end = mention.end
    return found


def _adjectival(text: str, material: Mention, behind: Mention) -> bool:
    return str(behind.node).startswith("kind:") and not text[material.end : behind.start].strip()


def named_nodes(classes: Iterable[str]) -> set[str]:
    """The nodes of classes, those that are made of several taken apart."""
    return {node for name in classes for node in name.split(BOTH)}
