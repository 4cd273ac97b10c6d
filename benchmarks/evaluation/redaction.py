"""Evaluates redaction by kind, on our own texts with personal data marked."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from switchboard.privacy.personal_data import Found, find_personal
from switchboard.privacy.redaction import Finder

_MARK = re.compile(r"«(\w+):([^»]+)»")
Span = tuple[str, int, int]


def read_marked(marked: str) -> tuple[str, set[Span]]:
    """The text without marks, and the marked spans (in NFKC length: compared by position)."""
    text, spans, at = "", set(), 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.add((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], spans


def evaluate_redaction(path: Path, find: Finder = find_personal) -> dict[str, Any]:
    """Precision and recall by language; a piece counts as found if all of it is hidden.

    `of` and `hidden` count the pieces of each kind. It does not matter as what a piece is hidden,
    nor by how many findings.
    """
    figures: dict[str, Any] = {"languages": {}, "missed": [], "false": []}
    for language, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        of: Counter[str] = Counter()
        hidden: Counter[str] = Counter()
        given = good = 0
        for marked in texts:
            text, spans = read_marked(marked)
            found = find(unicodedata.normalize("NFKC", text))
            for kind, start, end in spans:
                of[kind] += 1
                hit = _covered(text, start, end, found)
                hidden[kind] += hit
                if not hit:
                    figures["missed"].append(marked)
            for piece in found:
                real = any(s < piece.end and piece.start < e for _, s, e in spans)
                given, good = given + 1, good + real
                if not real:
                    figures["false"].append(marked)
        figures["languages"][language] = {
            "precision": good / given,
            "recall": hidden.total() / of.total(),
            "of": dict(of),
            "hidden": dict(hidden),
        }
    return figures


def _covered(text: str, start: int, end: int, found: Sequence[Found]) -> bool:
    """Whether all of a piece but spaces and signs between its parts is hidden."""
    return all(
        text[at] in _BETWEEN or any(f.start <= at < f.end for f in found)
        for at in range(start, end)
    )


_BETWEEN = " ,，.-"
