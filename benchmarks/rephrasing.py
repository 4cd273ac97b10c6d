"""How well rephrasings are told, on pairs of what a customer wrote and wrote next.

The pairs were written by one hand as different people would write, half of them kept unseen until
the threshold was chosen. Beside it stands what shared words tell, and the sentence vectors as they
are; each with the threshold that was best on the seen half.

`python -m benchmarks.rephrasing`; `--unseen` for the half that was kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from switchboard.embedding.encoder import default_encoder
from switchboard.overview.wish_space import SAME_WISH, open_wish_space
from switchboard.project import PROJECT
from switchboard.text.normal import masked_text
from switchboard.text.words import split_words

FOLDER = Path(__file__).parent / "rephrasing_pairs"
ROUNDS = 2000
Pair = dict[str, Any]
Likeness = Callable[[str, str], float]


def read_pairs(name: str) -> list[Pair]:
    """The pairs of a half, `seen` or `unseen`."""
    read: list[Pair] = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return read


def shared_words(first: str, second: str) -> float:
    """The share of words that both have, of all words of the two (Jaccard)."""
    one, other = ({word.text.lower() for word in split_words(text)} for text in (first, second))
    return len(one & other) / max(1, len(one | other))


def _cosine(first: str, second: str) -> float:
    one, other = default_encoder().encode([masked_text(first), masked_text(second)])
    return float(one @ other)


def best_threshold(values: NDArray[Any], same: NDArray[Any]) -> float:
    """The threshold from which most pairs are told right."""
    return float(max(sorted({*values}), key=lambda bar: float(np.mean((values >= bar) == same))))


def ranked(values: NDArray[Any], same: NDArray[Any]) -> float:
    """How often a rephrasing is more alike than another pair (the area under the ROC curve)."""
    higher = values[same][:, None] - values[~same][None, :]
    return float(np.mean((higher > 0) + 0.5 * (higher == 0)))


def _interval(of: Callable[[NDArray[Any]], float], count: int) -> str:
    dice = np.random.default_rng(7)
    drawn = [of(dice.integers(0, count, count)) for _ in range(ROUNDS)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return f"{of(np.arange(count)):.2f} ({low:.2f} to {high:.2f})"


def _row(title: str, values: NDArray[Any], bar: float, same: NDArray[Any]) -> str:
    told = values >= bar
    right = _interval(lambda at: float(np.mean(told[at] == same[at])), len(same))
    found, false = float(np.mean(told[same])), float(np.mean(told[~same]))
    both = _interval(
        lambda at: ranked(values[at], same[at]) if 0 < same[at].sum() < len(at) else np.nan,
        len(same),
    )
    return f"| {title} | {bar:.2f} | {right} | {found:.2f} | {false:.2f} | {both} |"


def report(name: str) -> str:
    """The figures of one half as Markdown; intervals of 95 % by bootstrap. Found: of rephrasings;
    false: of the other pairs."""
    space = open_wish_space(PROJECT / "data" / "nlu")
    if space is None:
        raise RuntimeError("data/nlu has too few intents")
    ways: dict[str, tuple[Likeness, float | None]] = {
        "by wish": (space.likeness, SAME_WISH),
        "sentence vectors": (_cosine, None),
        "shared words": (shared_words, None),
    }
    lines = [
        "| | from | right | found | false | ranked right |",
        "|---|---|---|---|---|---|",
    ]
    seen, asked = read_pairs("seen"), read_pairs(name)
    for title, (way, fixed) in ways.items():
        bar = fixed or best_threshold(_values(seen, way), _same(seen))
        lines.append(_row(title, _values(asked, way), bar, _same(asked)))
    return "\n".join(lines)


def _values(pairs: Sequence[Pair], way: Likeness) -> NDArray[Any]:
    return np.array([way(str(pair["first"]), str(pair["then"])) for pair in pairs])


def _same(pairs: Sequence[Pair]) -> NDArray[Any]:
    return np.array([bool(pair["same"]) for pair in pairs])


if __name__ == "__main__":
    print(report("unseen" if "--unseen" in sys.argv[1:] else "seen"))
