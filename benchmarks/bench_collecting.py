"""What leaks out of a collection, and which wrong labels are found: figures with intervals.

`python -m benchmarks.bench_collecting` prints them as tables. Baselines: redaction alone, as logs
have it; and to doubt each label that a classifier does not give itself.
"""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml

from benchmarks.evaluation.redaction import read_marked
from benchmarks.nlu_data import read_nlu
from switchboard.collecting.bad_labels import find_bad_labels, out_of_sample
from switchboard.collecting.hiding import Hider
from switchboard.privacy.personal_data import find_personal
from switchboard.privacy.redaction import Finder
from switchboard.project import PROJECT
from switchboard.text.order_numbers import OrderNumbers

LEAKS = PROJECT / "tests" / "collecting"
DRAWS = 2000
WRONG = 0.05
Row = tuple[int, int]
"""(how many are right, of how many) of one text."""


def main() -> None:
    """Print the tables; `labels` or `leaks` alone by that argument."""
    asked = sys.argv[1:] or ["leaks", "labels"]
    if "leaks" in asked:
        for name in ("leaks.yml", "leaks_unseen.yml"):
            tell_leaks(LEAKS / name)
    if "labels" in asked:
        tell_labels()


def tell_leaks(path: Path) -> None:
    """The share of personal pieces that go, by language and kind."""
    print(f"\n{path.name}: share of what is personal that is hidden\n")
    print("| | pieces | redaction alone | collecting | hidden wrongly |")
    print("|---|---|---|---|---|")
    finders: dict[str, Finder] = {
        "redact": find_personal,
        "hide": Hider(OrderNumbers()).find,
    }
    for language, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        marked = [read_marked(text) for text in texts]
        kinds = sorted({kind for _, spans in marked for kind, _, _ in spans})
        for kind in ["all", *kinds]:
            cells = []
            for find in finders.values():
                rows = [_hidden(text, spans, find, kind) for text, spans in marked]
                cells.append(interval(rows))
            wrong = sum(_wrong(text, spans, finders["hide"]) for text, spans in marked)
            of = sum(kind in ("all", k) for _, spans in marked for k, _, _ in spans)
            told = str(wrong) if kind == "all" else ""
            print(f"| {language}, {kind} | {of} | {cells[0]} | {cells[1]} | {told} |")


def _hidden(text: str, spans: set[tuple[str, int, int]], find: Finder, kind: str) -> Row:
    found = find(unicodedata.normalize("NFKC", text))
    mine = [(start, end) for k, start, end in spans if kind in ("all", k)]
    covered = [
        all(
            text[at] in " ,，.-" or any(f.start <= at < f.end for f in found)
            for at in range(start, end)
        )
        for start, end in mine
    ]
    return sum(covered), len(mine)


def _wrong(text: str, spans: set[tuple[str, int, int]], find: Finder) -> int:
    found = find(unicodedata.normalize("NFKC", text))
    return sum(not any(s < f.end and f.start < e for _, s, e in spans) for f in found)


def interval(rows: Sequence[Row], draws: int = DRAWS) -> str:
    """A share with its 95 % interval, by drawing texts anew."""
    table = np.array(rows, float)
    if not len(table) or not table[:, 1].sum():
        return "-"
    chance = np.random.default_rng(1)
    picks = chance.integers(0, len(table), (draws, len(table)))
    sums = table[picks].sum(axis=1)
    shares = sums[:, 0] / np.maximum(sums[:, 1], 1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return f"{table[:, 0].sum() / table[:, 1].sum():.2f} ({low:.2f} to {high:.2f})"


def tell_labels(most: int = 12_000) -> None:
    """How many falsified labels of the shop's own examples are found, on examples on which the
    bound was not set."""
    examples = list(read_nlu())
    random.Random(3).shuffle(examples)
    examples = examples[-most:]
    chance = random.Random(11)
    names = sorted({example.intent for example in examples})
    labels = [example.intent for example in examples]
    wrong = set(chance.sample(range(len(labels)), int(len(labels) * WRONG)))
    for place in wrong:
        labels[place] = chance.choice([name for name in names if name != examples[place].intent])
    texts = [example.text for example in examples]
    found = {suspect.place for suspect in find_bad_labels(texts, labels)}
    given = np.array([names.index(label) for label in labels])
    guessed = out_of_sample(texts, given).argmax(axis=1)
    simple = set(np.flatnonzero(guessed != given).tolist())
    print(f"\n{len(wrong)} of {len(labels)} labels falsified, {len(names)} intents\n")
    print("| | found | precision | recall |\n|---|---|---|---|")
    for name, places in (("another label is likelier", simple), ("check-labels", found)):
        right: Callable[[int], Row] = lambda place: (int(place in wrong), 1)  # noqa: E731
        precision = interval([right(place) for place in sorted(places)])
        recall = interval([(int(place in places), 1) for place in sorted(wrong)])
        print(f"| {name} | {len(places)} | {precision} | {recall} |")


if __name__ == "__main__":
    main()
