"""Accepted wordings as training examples: one file of the shop's data, and a part kept back.

A fifth of the wordings, told by their key, never becomes an example: by them a candidate is
compared with the model that serves.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from switchboard.learning.proposal_book import Proposal
from switchboard.privacy.personal_data import PRECEDENCE
from switchboard.text.normal import plain_text

FILE = Path("nlu") / "learned.yml"
"""Below the shop's `data/`."""
AUTHOR = "customers"
"""Of these examples: cross-validation leaves out one author at a time."""
KEPT_BACK = 5
"""One of so many wordings is kept back."""
_HEAD = (
    "# What customers wrote and was misread, as a person decided (docs/learning/loop.md).\n"
    "# Written by `switchboard learn`; lines may be edited or taken out by hand.\n"
)
_STAND_INS = {
    "email": "maya@example.com",
    "phone": "+49 30 5550134",
    "name": "Maya",
    "address": "12 Harbour Lane",
    "account": "DE00 0000 0000 0000 0000 00",
    "card": "0000 0000 0000 0000",
}
"""In the place of what was redacted: words of their kind, of nobody."""
_HIDDEN = re.compile(r"\[([a-z]+)(?:_\d+)?\]")
_INTENT = re.compile(r"^- intent: (\w+)", re.MULTILINE)
_MARKUP = re.compile(r"[\[\]{}|`\r\n\t]+")
"""What Rasa's format reads as an entity, a line or a block."""


def as_example(text: str) -> str:
    """A redacted message as a line of training data; empty where no words are left."""
    filled = _HIDDEN.sub(_shown, text)
    line = " ".join(_MARKUP.sub(" ", filled).split())
    return line if sum(letter.isalpha() for letter in line) >= 2 else ""


def _shown(hidden: re.Match[str]) -> str:
    return _STAND_INS.get(hidden[1], "" if hidden[1] in PRECEDENCE else hidden[1])


def is_kept_back(text: str) -> bool:
    """Whether a wording is one to compare by, and none to train on."""
    digest = hashlib.sha256(plain_text(text).lower().strip(" .!?。！？").encode()).digest()
    return digest[0] % KEPT_BACK == 0


def taught_intents(data: Path) -> frozenset[str]:
    """The intents that the shop's examples teach."""
    return frozenset(
        match[1]
        for path in sorted((data / "nlu").glob("*.yml"))
        for match in _INTENT.finditer(path.read_text(encoding="utf-8"))
    )


def read_examples(data: Path) -> dict[tuple[str, str], list[str]]:
    """The learned examples of a shop, by intent and language."""
    path = data / FILE
    if not path.exists():
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    for block in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu") or ():
        language = (block.get("metadata") or {}).get("language", "en")
        lines = [line[2:] for line in block["examples"].splitlines() if line.startswith("- ")]
        found[block["intent"], language] = lines
    return found


def add_examples(data: Path, wordings: Iterable[Proposal]) -> int:
    """Write wordings into the shop's file, whole or not at all; how many examples it has more."""
    examples = defaultdict(list, read_examples(data))
    added = 0
    for wording in wordings:
        line, known = as_example(wording.subject), examples[wording.suggestion, wording.language]
        if line and line not in known:
            known.append(line)
            added += 1
    if added:
        _write(data / FILE, examples)
    return added


def _write(path: Path, examples: dict[tuple[str, str], list[str]]) -> None:
    blocks = [_block(*key, lines) for key, lines in sorted(examples.items()) if lines]
    new = path.with_suffix(".new")
    new.write_text(f'{_HEAD}version: "3.1"\nnlu:\n{"".join(blocks)}', encoding="utf-8")
    os.replace(new, path)


def _block(intent: str, language: str, lines: Sequence[str]) -> str:
    spoken = "" if language == "en" else f", language: {language}"
    head = f"- intent: {intent}\n  metadata: {{mood: calm, author: {AUTHOR}{spoken}}}\n"
    return f"{head}  examples: |\n{''.join(f'    - {line}{chr(10)}' for line in lines)}"
