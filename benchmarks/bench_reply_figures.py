"""`python -m benchmarks.bench_reply_figures`: which figures of replies tell right from wrong ones.

On `tests/questions/answers.yml`: replies by authors who were given the passages, right ones in
other words and wrong ones with one error each. The reference is the passage's own text. What is
reported is the chance that a right reply has the better figure than a wrong one (AUC; 0.5 is a
coin), with bootstrap intervals over replies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from switchboard.answering.opening import open_library
from switchboard.project import PROJECT
from switchboard.reply_quality.answer_pairs import AnswerPair, GivenReply
from switchboard.reply_quality.opening_figures import ShopFigures
from switchboard.settings import load_settings
from switchboard.shop.speech import open_phrasebook

REPLIES = PROJECT / "tests" / "questions" / "answers.yml"
FIGURES = (
    *("grounded", "facts", "support", "bleu", "chrf", "rouge1", "rouge2", "rougel", "meteor"),
    *("similarity", "perplexity"),
)
SAMPLES = 1000


def main() -> None:
    """Print the table."""
    settings = load_settings({})
    book = open_phrasebook(settings.data_dir)
    library = open_library(settings, book)
    shop = ShopFigures(lambda: library, settings.data_dir, book)
    figures = shop.figures(FIGURES)
    told = yaml.safe_load(REPLIES.read_text(encoding="utf-8"))
    print("| | " + " | ".join(told) + " |\n|---|" + "---|" * len(told))
    sides = {
        language: [
            [_given(row, library.find(row["cites"], language), language) for row in rows[side]]
            for side in ("right", "wrong")
        ]
        for language, rows in told.items()
    }
    for figure in figures:
        cells = []
        for right, wrong in sides.values():
            values = [
                np.nan_to_num(figure.total(figure.statistics(replies)), nan=0.0) * figure.better
                for replies in (right, wrong)
            ]
            cells.append(_shown(*values))
        print(f"| {figure.title} | {' | '.join(cells)} |", flush=True)


def _given(row: dict[str, str], passage: Any, language: str) -> GivenReply:
    pair = AnswerPair(1, row["question"], (passage.text,), language)
    return GivenReply(pair, row["says"])


def _shown(right: NDArray[Any], wrong: NDArray[Any]) -> str:
    wins = (right[:, None] > wrong) + 0.5 * (right[:, None] == wrong)
    random = np.random.default_rng(1)
    drawn = [_sample(wins, random) for _ in range(SAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{wins.mean():.2f} ({low:.2f} to {high:.2f})"


def _sample(wins: NDArray[Any], random: np.random.Generator) -> float:
    rows, columns = (random.integers(0, n, n) for n in wins.shape)
    return float(wins[np.ix_(rows, columns)].mean())


if __name__ == "__main__":
    main()
