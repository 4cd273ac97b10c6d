"""Labels of people become examples: checked against the shop's intents and what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from switchboard.collecting.duplicates import plain_words
from switchboard.collecting.hiding import Hider
from switchboard.collecting.label_import import LabelledTask
from switchboard.collecting.label_studio import MOODS
from switchboard.collecting.nlu_file import LabelledText, read_examples, write_examples
from switchboard.collecting.whole_file import whole_file
from switchboard.text.language import language_of

AUTHOR = "labelled"
MOST = 300_000
"""Examples of one file: more does no model of this size any good."""
_SHOWN = 20


@dataclass
class Merged:
    """What became of labels; `left_out` counts by reason, `told` has the first of each in words."""

    written: int = 0
    new: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def leave(self, why: str, detail: str) -> None:
        """Leave one out."""
        self.left_out[why] += 1
        if self.left_out[why] <= _SHOWN:
            self.told.append(f"{why}: {detail}")


def merge_labels(
    tasks: Iterable[LabelledTask],
    target: Path,
    known: Path,
    intents: Collection[str],
    hider: Hider,
    tell: Callable[[str], None] = lambda _line: None,
) -> Merged:
    """Add labels to the examples in `target`, written whole; run twice, it is the same file.

    `known`: the shop's own examples. A text that they have with another intent is left out and
    told: a person decides which is right. Of two labels for a text, the later one counts.

    Raises:
        ConfigurationError: the labels or a file of examples cannot be read. Nothing is written.
    """
    merged = Merged()
    taught = {plain_words(example.text): example.intent for _, example in read_examples(known)}
    kept: dict[str, LabelledText] = {}
    if target.exists():
        kept = {plain_words(example.text): example for _, example in read_examples(target)}
    for number, task in enumerate(tasks, start=1):
        text = hider.hide(task.text)
        _take(task, text, merged, taught, kept, intents)
        if number % 10_000 == 0:
            tell(f"{number} labels read")
        if len(kept) > MOST:
            merged.leave("more than fit", f"{MOST} examples are in {target}")
            break
    if kept:
        ordered = sorted(kept.values())
        with whole_file(target) as file:
            merged.written = write_examples(file, ordered)
    return merged


def _take(
    task: LabelledTask,
    text: str,
    merged: Merged,
    taught: dict[str, str],
    kept: dict[str, LabelledText],
    intents: Collection[str],
) -> None:
    key, shown = plain_words(text), text[:80]
    if task.disputed:
        merged.leave("disputed", shown)
    elif task.intent not in intents:
        merged.leave("no such intent", f"{task.intent[:40]!r} for {shown}")
    elif not key:
        merged.leave("no words", shown)
    elif key in taught:
        if taught[key] != task.intent:
            merged.leave("taught otherwise", f"{task.intent}, not {taught[key]}: {shown}")
        else:
            merged.left_out["known already"] += 1
    else:
        merged.new += key not in kept
        mood = task.mood if task.mood in MOODS else ""
        kept[key] = LabelledText(task.intent, language_of(text), text, mood, AUTHOR)
