"""Writes the training data of a collection: supervised, judged, and preferences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from switchboard.collecting.duplicates import overlap, plain_words, shingles
from switchboard.collecting.sample import Sample
from switchboard.collecting.whole_file import whole_file
from switchboard.collecting.work_file import WorkFile
from switchboard.fine_tuning.training_rows import (
    judged_row,
    line_of,
    preference_row,
    supervised_row,
)
from switchboard.fine_tuning.verdicts import LEAST, AnswerVerdict, Signal, judge

SHAPE = """
CREATE TABLE IF NOT EXISTS answers (
    sample INTEGER PRIMARY KEY, same INTEGER, verdict TEXT, signal TEXT, reply TEXT);
CREATE INDEX IF NOT EXISTS answers_same ON answers (same, verdict);
"""
SUPERVISED, JUDGED, PREFERENCES = "supervised.jsonl", "judged.jsonl", "preferences.jsonl"
DIFFERENT = 0.7
"""Two answers of which more is common are one answer: there is nothing to prefer."""


@dataclass
class Written:
    """Rows by file; and, of each, by what they are counted by (`language: en`)."""

    rows: Counter[str] = field(default_factory=Counter)
    parts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, file: str, sample: Sample, signal: Signal) -> None:
        """Count one row."""
        self.rows[file] += 1
        known = {
            "language": sample.language,
            "route": sample.route or "none",
            "mood": sample.level or "none",
            "month": sample.month,
            "by": sample.by,
            "because": signal.value,
        }
        for name, value in known.items():
            self.parts[file, f"{name}: {value}"] += 1


def write_training_set(
    work: WorkFile, folder: Path, tell: Callable[[str], None] = lambda _line: None
) -> Written:
    """Write the three files, each whole, a conversation in memory at a time."""
    work.db.executescript(f"DROP TABLE IF EXISTS answers; {SHAPE}")
    written = Written()
    seen: set[int] = set()
    with whole_file(folder / SUPERVISED) as good, whole_file(folder / JUDGED) as judged:
        for number, same, sample, later in _with_following(work):
            verdict, signal = judge(sample, later)
            if verdict is AnswerVerdict.UNKNOWN:
                continue
            _note(work, number, same, verdict, signal, sample)
            judged.write(line_of(judged_row(sample, verdict, signal)))
            written.count(JUDGED, sample, signal)
            # The same answer to the same question teaches nothing twice.
            key = hash((same, plain_words(sample.reply)))
            if verdict is AnswerVerdict.GOOD and key not in seen:
                seen.add(key)
                good.write(line_of(supervised_row(sample, signal)))
                written.count(SUPERVISED, sample, signal)
            if number % 10_000 == 0:
                tell(f"training rows: {number} messages")
    work.db.commit()
    with whole_file(folder / PREFERENCES) as pairs:
        for sample, chosen, rejected, signal in _preferences(work):
            pairs.write(line_of(preference_row(sample, chosen, rejected, signal)))
            written.count(PREFERENCES, sample, signal)
    return written


def _with_following(work: WorkFile) -> Iterator[tuple[int, int, Sample, list[Sample]]]:
    """Each sample with the later ones of its conversation."""
    rows: list[tuple[int, int, Sample]] = []
    query = "SELECT id, same, data FROM samples ORDER BY talk, id"
    for number, same, data in work.db.execute(query):
        sample = Sample.from_json(data)
        if rows and rows[-1][2].talk != sample.talk:
            yield from _each(rows)
            rows = []
        rows.append((int(number), int(same), sample))
    yield from _each(rows)


def _each(
    rows: list[tuple[int, int, Sample]],
) -> Iterator[tuple[int, int, Sample, list[Sample]]]:
    for at, (number, same, sample) in enumerate(rows):
        yield number, same, sample, [later for _, _, later in rows[at + 1 : at + 2]]


def _note(
    work: WorkFile, number: int, same: int, verdict: AnswerVerdict, signal: Signal, sample: Sample
) -> None:
    row = (number, same, verdict.value, signal.value, sample.reply)
    work.db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)


def _preferences(work: WorkFile) -> Iterator[tuple[Sample, str, str, Signal]]:
    """A bad answer beside a person's to the same message; else beside a good one that another
    customer had to the same words."""
    query = (
        "SELECT a.same, a.signal, a.reply, s.data FROM answers a JOIN samples s ON s.id = a.sample "
        "WHERE a.verdict = ? ORDER BY a.sample"
    )
    for same, signal, reply, data in work.db.execute(query, (AnswerVerdict.BAD.value,)):
        sample = Sample.from_json(data)
        chosen = sample.correction if len(sample.correction) >= LEAST else _good(work, same)
        if chosen and _differ(chosen, reply):
            yield sample, chosen, reply, Signal(signal)


def _good(work: WorkFile, same: int) -> str:
    query = "SELECT reply FROM answers WHERE same = ? AND verdict = ? ORDER BY sample LIMIT 1"
    row = work.db.execute(query, (same, AnswerVerdict.GOOD.value)).fetchone()
    return str(row[0]) if row else ""


def _differ(one: str, other: str) -> bool:
    return overlap(shingles(plain_words(one)), shingles(plain_words(other))) < DIFFERENT
