"""Evaluates redaction by kind, on our own texts with personal data marked."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from switchboard.privacy.personal_data import find_personal
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
    """Precision and recall; a piece counts as found if all of it is hidden, as any kind."""
    import unicodedata

    figures: dict[str, Any] = {"languages": {}, "missed": [], "false": []}
    by_kind: Counter[str] = Counter()
    found_kind: Counter[str] = Counter()
    for language, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        right = wanted = given = good = 0
        for marked in texts:
            text, spans = read_marked(marked)
            found = find(unicodedata.normalize("NFKC", text))
            for kind, start, end in spans:
                hit = any(f.start <= start and end <= f.end for f in found)
                wanted, right = wanted + 1, right + hit
                by_kind[kind] += 1
                found_kind[kind] += hit
                if not hit:
                    figures["missed"].append(marked)
            for piece in found:
                real = any(s < piece.end and piece.start < e for _, s, e in spans)
                given, good = given + 1, good + real
                if not real:
                    figures["false"].append(marked)
        figures["languages"][language] = {"precision": good / given, "recall": right / wanted}
    figures["by_kind"] = {kind: found_kind[kind] / n for kind, n in sorted(by_kind.items())}
    return figures
