"""Draws the report's pictures: confusion of intents, precision and recall, calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve

from benchmarks.evaluation.examples import Examples
from benchmarks.evaluation.intents import IntentResult
from benchmarks.evaluation.mood import MoodResult

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_NAMES = {"en": "English", "zh": "Chinese"}


def draw_confusion(examples: Examples, result: IntentResult, path: Path) -> None:
    """Shares of each intent's calm examples, by predicted intent in cross-validation."""
    rows = result.known
    names = sorted({*examples.intents[rows], *result.verdicts.names[rows]})
    matrix = confusion_matrix(
        examples.intents[rows].astype(str), result.verdicts.names[rows].astype(str), labels=names
    )
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(13, 12))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("taken for")
    axes.set_ylabel("intent")
    _save(figure, path)


def draw_router(result: MoodResult, path: Path) -> None:
    """Precision over recall of anger, with the threshold in `config.yml` marked."""
    figure, axes = plt.subplots(figsize=(6, 5))
    limit = result.figures["thresholds"]["angry"]
    for language, name in _NAMES.items():
        precision, recall, cuts = precision_recall_curve(
            result.angry[language], result.anger[language]
        )
        axes.plot(recall, precision, label=name)
        at = int(np.argmin(np.abs(cuts - limit)))
        axes.plot(recall[at], precision[at], "o", color="black")
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    axes.set_title(f"angry turns; dots: threshold {limit:g}")
    axes.legend()
    _save(figure, path)


def draw_calibration(result: MoodResult, path: Path) -> None:
    """How often a message with a given probability of anger was angry."""
    figure, axes = plt.subplots(figsize=(6, 5))
    axes.plot([0, 1], [0, 1], color="lightgrey")
    for language, name in _NAMES.items():
        seen, said = calibration_curve(
            result.angry[language], result.anger[language], n_bins=8, strategy="uniform"
        )
        axes.plot(said, seen, "o-", label=name)
    axes.set_xlabel("probability of anger")
    axes.set_ylabel("share that was angry")
    axes.legend()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
