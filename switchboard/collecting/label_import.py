"""Reads labels that people gave in Label Studio, from its exports JSON, JSON-MIN and CSV.

Read bit by bit, so that an export may have a million tasks. What is damaged ends the reading with
the place where it is; nothing of such a file is taken.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from switchboard.collecting.label_studio import INTENT, MOOD, TEXT
from switchboard.errors import ConfigurationError

LONGEST = 2000


@dataclass(frozen=True)
class LabelledTask:
    """What people said of one text. `intent` is empty if none was given; `disputed`: they said
    different things, as often the one as the other."""

    text: str
    intent: str
    mood: str = ""
    disputed: bool = False


def read_tasks(path: Path) -> Iterator[LabelledTask]:
    """The tasks with a label, in the file's order; those without are skipped.

    Raises:
        ConfigurationError: the file is no such export, or damaged.
    """
    rows = _csv_rows(path) if path.suffix.lower() in (".csv", ".tsv") else _json_rows(path)
    for row in rows:
        task = _task(row)
        if task is not None:
            yield task


def _json_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        import ijson
    except ImportError:
        raise ConfigurationError("labels are read with ijson: install switchboard[learn]") from None
    number = 0
    try:
        with path.open("rb") as file:
            if file.read(3) != b"\xef\xbb\xbf":
                file.seek(0)
            for row in ijson.items(file, "item"):
                number += 1
                if not isinstance(row, dict):
                    raise ConfigurationError(f"{path}: task {number} is no object")
                yield row
    except (ijson.JSONError, UnicodeDecodeError) as error:
        why = " ".join(str(error).split())[:120]
        raise ConfigurationError(f"{path} is damaged behind task {number}: {why}") from None
    if number == 0:
        raise ConfigurationError(f"{path} is no list of tasks, or an empty one")


def _csv_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            dialect = csv.excel_tab if path.suffix.lower() == ".tsv" else csv.excel
            rows = csv.DictReader(file, dialect=dialect, strict=True)
            if not {TEXT, INTENT} <= set(rows.fieldnames or ()):
                raise ConfigurationError(f"{path} needs the columns {TEXT} and {INTENT}")
            yield from rows
    except (csv.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is damaged: {error}") from None


def _task(row: Mapping[str, Any]) -> LabelledTask | None:
    whole = "annotations" in row or "completions" in row
    data = row.get("data") if whole else row
    if not isinstance(data, Mapping):
        return None
    text = str(data.get(TEXT) or "").strip()[:LONGEST]
    votes = _votes(row) if whole else [(_named(row.get(INTENT)), _named(row.get(MOOD)))]
    intents = Counter(intent for intent, _ in votes if intent)
    if not text or not intents:
        return None
    best = intents.most_common(2)
    disputed = len(best) > 1 and best[0][1] == best[1][1]
    moods = Counter(mood for intent, mood in votes if mood and intent == best[0][0])
    return LabelledTask(text, best[0][0], moods.most_common(1)[0][0] if moods else "", disputed)


def _votes(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(intent, mood) of each person; what somebody marked as the truth stands alone."""
    given = [a for a in row.get("annotations") or row.get("completions") or () if _counts(a)]
    truths = [annotation for annotation in given if annotation.get("ground_truth")]
    return [
        (_chosen(annotation, INTENT), _chosen(annotation, MOOD)) for annotation in truths or given
    ]


def _counts(annotation: object) -> bool:
    return isinstance(annotation, Mapping) and not annotation.get("was_cancelled")


def _chosen(annotation: Mapping[str, Any], name: str) -> str:
    for result in annotation.get("result") or ():
        if isinstance(result, Mapping) and result.get("from_name") == name:
            value = result.get("value")
            return _named(value) if isinstance(value, Mapping) else ""
    return ""


def _named(value: object) -> str:
    """One choice: a word, or `{"choices": [word]}`."""
    if isinstance(value, Mapping):
        value = value.get("choices")
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else ""
    return value.strip() if isinstance(value, str) else ""
