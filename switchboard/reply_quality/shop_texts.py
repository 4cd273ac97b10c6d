"""What the shop itself says: statements of its articles, responses, replies and canned texts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from switchboard.knowledge.articles import Passage
from switchboard.shop.policy import Policy
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE, ENGLISH, HAN
from switchboard.text.sentences import sentences

_HAN = re.compile(f"[{HAN}]")
_UNFILLED = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class ShopSentence:
    """One sentence. `source`: what is left out together where something is held out."""

    text: str
    language: str
    source: str


def shop_sentences(
    passages: Iterable[Passage], data: Path, policy: Policy
) -> Iterator[ShopSentence]:
    """All sentences of a shop's articles and texts, facts filled in."""
    for passage in passages:
        source = passage.id.partition("#")[0]
        for said in passage.statements:
            for text in (said.text, *dict(said.forms).values()):
                yield ShopSentence(text, passage.language, source)
    for path in sorted(p for kind in ("responses", "replies") for p in (data / kind).glob("*.yml")):
        for text in _texts(read_yaml(path.read_text(encoding="utf-8"))):
            yield from _cut(text, policy)
    canned = data / "canned.yml"
    if canned.exists():
        for forms in read_yaml(canned.read_text(encoding="utf-8"))["canned"].values():
            for text in forms.values():
                yield from _cut(str(text), policy)


def fold_of(source: str, folds: int) -> int:
    """The part of the texts to which a source belongs, the same in every run."""
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % folds


def _texts(found: Any) -> Iterator[str]:
    """The values of `text`, wherever they stand; nothing of buttons."""
    if isinstance(found, Mapping):
        for name, value in found.items():
            if name == "text":
                yield str(value)
            elif name != "buttons":
                yield from _texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value)


def _cut(text: str, policy: Policy) -> Iterator[ShopSentence]:
    language = CHINESE if _HAN.search(text) else ENGLISH
    for name, fact in policy.facts(language).items():
        text = text.replace(f"{{{name}}}", fact)
    for sentence in sentences(_UNFILLED.sub("", text)):
        yield ShopSentence(sentence, language, text)
