"""The card of a collection: what is in it, from when, by what consent, and what was taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from switchboard.collecting.collector import read_counts
from switchboard.collecting.consenting import Collected
from switchboard.collecting.work_file import WorkFile
from switchboard.fine_tuning.training_set import Written

CARD = "CARD.md"


@dataclass(frozen=True)
class Told:
    """What the card tells beside the counts of the working file. `examples`, `tasks`: in the files
    for intents; None: not asked for."""

    wanted: Collected
    written: Written | None
    examples: int | None
    tasks: int | None
    doubtful: int
    erased: int


def write_card(work: WorkFile, told: Told) -> str:
    """The card, in Markdown."""
    wanted = told.wanted
    talks = work.number("SELECT COUNT(DISTINCT talk) FROM samples")
    messages = work.number("SELECT COUNT(*) FROM samples")
    different = work.number("SELECT COUNT(*) FROM samples WHERE same = id")
    asked = "asked for, and given" if wanted.asks else "not asked for by the shop"
    left = read_counts(work, "left out").get("conversations without consent", 0)
    parts = [
        "# What is in this collection",
        "",
        f"- period: {_day(wanted.since)} to {_day(wanted.until)} (UTC, the last day not included)",
        f"- conversations: {talks}" + (" of the demo, made up" if wanted.demo else ""),
        f"- messages of customers: {messages}, of which {messages - different} are like another",
        f"- consent: {asked}; {left} conversations left out for want of it",
        f"- erased, or consent taken back, while it was made: {told.erased} conversations",
        "- personal data: found by rules and lists and replaced; not all of it is found (see "
        "`docs/learning/collecting.md`): look through it before it goes to anybody",
        "- intents and moods: the assistant's own reading, which nobody has checked",
        f"- intents in doubt: {told.doubtful}, left out of the examples and marked for labelling",
        *_table("Taken out", read_counts(work, "hidden")),
        *_table("Messages by language", _by(work, "language")),
        *_table("Messages by intent", _by(work, "intent")),
    ]
    parts += [f"\nExamples for intents: {told.examples}"] * (told.examples is not None)
    parts += [f"\nTasks for labelling: {told.tasks}"] * (told.tasks is not None)
    if told.written is not None:
        parts += _training(told.written)
    return "\n".join(parts) + "\n"


def _training(written: Written) -> list[str]:
    lines = []
    for file, number in sorted(written.rows.items()):
        mine = {part: count for (name, part), count in written.parts.items() if name == file}
        lines += ["", f"## {file}: {number} rows", "", "| | rows |", "|---|---|"]
        lines += [f"| {part} | {count} |" for part, count in sorted(mine.items())]
    return lines or ["", "No training rows: no answer is known to be good or bad."]


def _by(work: WorkFile, column: str) -> dict[str, int]:
    query = f"SELECT {column}, COUNT(*) FROM samples GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    return {str(name) or "none": int(number) for name, number in work.db.execute(query)}


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return ["", f"{title}: nothing"]
    rows = [f"| {name} | {number} |" for name, number in counts.items()]
    return ["", f"{title}:", "", "| | |", "|---|---|", *rows]


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d")
