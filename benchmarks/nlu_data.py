"""Reads the examples of `data/nlu` without Rasa."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from switchboard.project import PROJECT

FOLDER = PROJECT / "data" / "nlu"


class NluExample(NamedTuple):
    """One example. What it has no label for is empty."""

    intent: str
    language: str
    mood: str
    text: str
    author: str = ""
    takeover: str = ""


def read_nlu(folder: Path = FOLDER) -> Iterator[NluExample]:
    """All examples, in the order of the files."""
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" not in block:
                continue
            of_block = block.get("metadata") or {}
            language = str(of_block.get("language", "en"))
            if isinstance(block["examples"], str):
                lines = (line.strip() for line in block["examples"].splitlines())
                listed = [(line[2:], of_block) for line in lines if line]
            else:  # each with metadata of its own
                listed = [(e["text"].strip(), e.get("metadata") or {}) for e in block["examples"]]
            for text, metadata in listed:
                labels = [str(metadata.get(n) or "") for n in ("mood", "author", "takeover")]
                spoken = str(metadata.get("language", language))
                yield NluExample(block["intent"], spoken, labels[0], text, *labels[1:])
