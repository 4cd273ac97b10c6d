"""Measures, and writes `reports/evaluation.md` and `.json` with the pictures beside them."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluation.customers import evaluate_customers, report
from benchmarks.evaluation.examples import Examples, read_examples, read_rows
from benchmarks.evaluation.intents import IntentResult, evaluate_intents, macro
from benchmarks.evaluation.mood import evaluate_mood
from benchmarks.evaluation.open_answers import evaluate_answering
from benchmarks.evaluation.pictures import draw_calibration, draw_confusion, draw_router
from benchmarks.evaluation.rasa_defaults_nlu import evaluate_baseline
from benchmarks.evaluation.report import write_report
from benchmarks.evaluation.timing import time_model
from benchmarks.goals.random_replies import Replies, send_random_replies
from benchmarks.goals.report import figures as goal_figures
from benchmarks.goals.report import report as report_goals
from switchboard.cli.train import newest_model, train_model
from switchboard.cli.trial_servers import running_assistant
from switchboard.goals.goal import read_goals
from switchboard.goals.goal_run import Judged, run_goals
from switchboard.project import PROJECT

REPORTS = PROJECT / "reports"
OTHERS = PROJECT.parent / "shared" / "dev_sets"
"""Where the texts of others are looked for when no folder is named."""


def first_fold(examples: Examples, result: IntentResult) -> dict[str, Any]:
    """Our accuracy on the rows that the baseline is measured on."""
    chosen = np.zeros(len(examples.texts), bool)
    chosen[examples.folds()[0][1]] = True
    return {
        language: {
            "macro_usual": macro(
                result.verdicts.right,
                examples.intents,
                result.known & chosen & (examples.languages == language),
            )
        }
        for language in ("en", "zh")
    }


def hold_conversations() -> tuple[Judged, Replies]:
    """Every goal in words that nothing was built on, and random replies at a confirmation."""
    words, chance = PROJECT / "tests" / "goals" / "unseen", random.Random(1)
    with running_assistant() as assistant:
        judged = run_goals(assistant, read_goals(PROJECT / "data" / "goals"), words, chance)
        return judged, send_random_replies(assistant, words, 2000, chance)


def main() -> int:
    """Evaluate; our model is trained only if it is not fresh."""
    parser = argparse.ArgumentParser(description="Measure how well Switchboard understands.")
    parser.add_argument("--others", type=Path, help="a folder with texts that others wrote")
    parser.add_argument("--epochs", type=int, default=100, help="of the baseline; 0 leaves it out")
    given = parser.parse_args()
    if given.others is None and OTHERS.is_dir():
        given.others = OTHERS
    if train_model():
        return 1
    model = newest_model()
    if model is None:
        return 1
    rows = read_rows(given.others, "open_questions_en.tsv") if given.others else None
    asked = [row[0] for row in rows] if rows else None
    examples = read_examples()
    intents = evaluate_intents(examples, asked)
    mood = evaluate_mood(examples, given.others)
    figures: dict[str, Any] = {"intents": intents.figures, "mood": mood.figures}
    figures["answering"] = evaluate_answering(PROJECT / "tests" / "questions")
    figures["fold"] = first_fold(examples, intents)
    figures["time"] = time_model(model, PROJECT)
    if given.epochs:
        figures["baseline"] = evaluate_baseline(examples, asked, given.epochs)
    REPORTS.mkdir(exist_ok=True)
    draw_confusion(examples, intents, REPORTS / "confusion.png")
    draw_router(mood, REPORTS / "router.png")
    draw_calibration(mood, REPORTS / "calibration.png")
    text = write_report(figures)
    if given.others is not None:
        figures["customers"], _ = evaluate_customers(given.others)
        text += "\n## Turns of real customers\n\n" + report(figures["customers"])
    judged, replies = hold_conversations()
    figures["goals"] = goal_figures(judged)
    text += "\n## Simulated customers\n\n" + report_goals(judged, replies)
    (REPORTS / "evaluation.md").write_text(text, encoding="utf-8")
    (REPORTS / "evaluation.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
