"""Evaluates Rasa's default pipeline on one of the same folds."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks import rasa_defaults as baseline
from benchmarks.evaluation.examples import Examples
from benchmarks.evaluation.intents import macro
from benchmarks.evaluation.timing import parse_all, time_model
from switchboard.cli.processes import BIN
from switchboard.cli.train import rasa_environment
from switchboard.nlu.intent_model import OPEN_EXAMPLES
from switchboard.nlu.mood_model import ANGRY
from switchboard.project import PROJECT


def train_fold(examples: Examples, train: NDArray[Any], folder: Path, epochs: int) -> Path:
    """Train Rasa's default pipeline on some of the training part of a fold; returns the model."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    config = yaml.safe_load(baseline.CONFIG.replace("epochs: 100", f"epochs: {epochs}"))
    config.pop("policies")
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    names = sorted({str(name) for name in examples.intents})
    baseline.write_examples(
        folder / "data" / "nlu.yml",
        ((examples.intents[i], examples.languages[i], examples.texts[i]) for i in train),
    )
    (folder / "domain.yml").write_text(yaml.safe_dump({"version": "3.1", "intents": names}))
    command: list[str | Path] = [BIN / "rasa", "train", "nlu", "--out", "models"]
    with (folder / "train.log").open("wb") as log:
        subprocess.run(
            command, cwd=folder, env=rasa_environment(), stdout=log, stderr=log, check=True
        )
    return next((folder / "models").glob("*.tar.gz"))


def evaluate_baseline(
    examples: Examples, open_questions: list[str] | None, epochs: int
) -> dict[str, Any]:
    """Train on examples of some authors, measure on the others'; the fold's rows are in `test`."""
    from rasa.core.agent import Agent

    train, test = examples.folds()[0]
    started = time.monotonic()
    model = train_fold(examples, train, PROJECT / "var" / "evaluation", epochs)
    seconds = time.monotonic() - started
    agent = Agent.load(str(model))
    parsed = parse_all(agent, [examples.texts[i] for i in test])
    ranked = [p.get("intent_ranking") or [{"name": None, "confidence": 0.0}] for p in parsed]
    best = [next(e for e in r if e["name"] != "nlu_fallback") for r in ranked]
    labels, languages = examples.intents[test], examples.languages[test]
    right = np.array([e["name"] for e in best], dtype=object) == labels
    confidence = np.array([e["confidence"] for e in best])
    known = (examples.moods[test] != ANGRY) & (labels != OPEN_EXAMPLES)
    figures: dict[str, Any] = {"epochs": epochs, "training_seconds": seconds, "test": test.tolist()}
    for language in ("en", "zh"):
        own = known & (languages == language)
        figures[language] = {
            "accuracy": float(right[own].mean()),
            "macro_usual": macro(right, labels, own),
        }
    if open_questions:
        bar = float(np.quantile(confidence[known & (languages == "en")], 0.05))
        found = parse_all(agent, open_questions)
        top = [(p.get("intent_ranking") or [p["intent"]])[0] for p in found]
        low = [e["confidence"] < bar or e["name"] in (OPEN_EXAMPLES, "nlu_fallback") for e in top]
        figures["open_recall_others"] = float(np.mean(low))
    figures["time"] = time_model(model, PROJECT)
    return figures
