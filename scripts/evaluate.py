"""`make evaluate`: how well it understands, by 5-fold cross-validation on our own examples.

Beside the mood stand VADER alone and spaCy's text categorizer on the same folds. With
`--open-questions FILE` (one question a line, none of them a known intent), their recall is taken
too. The report is `reports/evaluation.md` and `.json`.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import spacy
import yaml
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from spacy.training import Example
from spacy.util import minibatch

from components.intent_model import IntentModel, cross_validate
from components.intents import OPEN_EXAMPLES, IntentClassifier
from components.mood import MoodClassifier, MoodModel, tone
from components.text_features import normal_text
from scripts.training import ROOT
from switchboard.embedding.encoder import default_encoder

REPORTS = ROOT / "reports"
_FOLDS = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)


@dataclass(frozen=True)
class Examples:
    """The training examples as columns."""

    texts: list[str]
    intents: list[str]
    moods: list[str | None]
    vectors: NDArray[Any]


def read_examples() -> Examples:
    """Every example of `data/nlu`, with its vector."""
    texts, intents, moods = [], [], []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            if "intent" not in block:
                continue
            lines = [line.strip()[2:] for line in block["examples"].splitlines() if line.strip()]
            texts += lines
            intents += [block["intent"]] * len(lines)
            moods += [(block.get("metadata") or {}).get("mood")] * len(lines)
    return Examples(texts, intents, moods, default_encoder().encode(texts))


def evaluate_intents(examples: Examples, open_questions: list[str]) -> dict[str, Any]:
    """Accuracy by intent, the open-question threshold, and its recall on questions of others."""
    config = IntentClassifier.get_default_config()
    texts = [normal_text(text) for text in examples.texts]
    scores, right = cross_validate(texts, examples.vectors, examples.intents, config["C"])
    calm = np.array([mood != "negative" for mood in examples.moods])
    known = calm & (np.array(examples.intents) != OPEN_EXAMPLES)
    threshold = float(np.quantile(scores[known], config["false_rejection"]))
    labels = np.array(examples.intents)
    by_intent = {name: float(right[(labels == name) & calm].mean()) for name in sorted({*labels})}
    result: dict[str, Any] = {
        "examples": len(texts),
        "accuracy": float(right[calm].mean()),
        "macro_accuracy": float(np.mean(list(by_intent.values()))),
        "by_intent": by_intent,
        "threshold": threshold,
    }
    if open_questions:
        model = IntentModel.fit(texts, examples.vectors, examples.intents, config["C"])
        asked = [normal_text(text) for text in open_questions]
        probability, score = model.predict(asked, default_encoder().encode(open_questions))
        best = probability.argmax(axis=1)
        low = score[np.arange(len(asked)), best] < threshold
        named = np.array([model.classes[i] == OPEN_EXAMPLES for i in best])
        result["open_recall"] = float((low | named).mean())
    return result


def spacy_scores(texts: list[str], negative: NDArray[Any], folds: list[Any]) -> NDArray[Any]:
    """spaCy's bag-of-words text categorizer, each example scored by a model that did not see it."""
    scores = np.zeros(len(texts))
    architecture = {"@architectures": "spacy.TextCatBOW.v2", "exclusive_classes": True}
    for train, test in folds:
        nlp = spacy.blank("en")
        config = {"model": {**architecture, "ngram_size": 2, "no_output_layer": False}}
        nlp.add_pipe("textcat", config=config)
        examples = [
            Example.from_dict(
                nlp.make_doc(texts[i].lower()),
                {"cats": {"NEGATIVE": float(negative[i]), "OTHER": float(not negative[i])}},
            )
            for i in train
        ]
        nlp.initialize(lambda examples=examples: examples)
        shuffle = random.Random(7)
        for _ in range(15):
            shuffle.shuffle(examples)
            for batch in minibatch(examples, 16):
                nlp.update(batch, drop=0.3)
        documents = nlp.pipe([texts[i].lower() for i in test])
        scores[test] = [document.cats["NEGATIVE"] for document in documents]
    return scores


def evaluate_mood(examples: Examples) -> dict[str, Any]:
    """AUC for negative against the rest, and the router's precision and recall."""
    chosen = [i for i, mood in enumerate(examples.moods) if mood]
    texts = [examples.texts[i] for i in chosen]
    moods = [str(examples.moods[i]) for i in chosen]
    vectors = examples.vectors[chosen]
    negative = np.array([mood == "negative" for mood in moods])
    folds = list(_FOLDS.split(texts, moods))
    c = float(MoodClassifier.get_default_config()["C"])
    ours = np.zeros(len(texts))
    for train, test in folds:
        model = MoodModel.fit(
            [texts[i] for i in train], vectors[train], [moods[i] for i in train], c
        )
        ours[test] = model.predict([texts[i] for i in test], vectors[test])[:, 0]
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text())["pipeline"]
    threshold = float(next(p["threshold"] for p in pipeline if "SentimentRouter" in p["name"]))
    routed = ours >= threshold
    return {
        "examples": len(texts),
        "negative": int(negative.sum()),
        "auc": float(roc_auc_score(negative, ours)),
        "auc_vader": float(roc_auc_score(negative, [-tone(text)[0] for text in texts])),
        "auc_spacy": float(roc_auc_score(negative, spacy_scores(texts, negative, folds))),
        "threshold": threshold,
        "precision": float((routed & negative).sum() / max(routed.sum(), 1)),
        "recall": float((routed & negative).sum() / negative.sum()),
        "false_alarms": float((routed & ~negative).sum() / (~negative).sum()),
    }


def report(intents: dict[str, Any], mood: dict[str, Any]) -> str:
    """The figures as Markdown, the weakest intents named."""
    weakest = sorted(intents["by_intent"].items(), key=lambda item: item[1])[:8]
    named = ", ".join(f"{name} {share:.2f}" for name, share in weakest)
    lines = [
        "# Quality",
        "",
        f"{date.today().isoformat()}, 5-fold cross-validation on our own {intents['examples']} "
        "examples. Customers word things in other ways than we do: expect less.",
        "",
        "| | |",
        "|---|---|",
        f"| intents, calm examples: accuracy | {intents['accuracy']:.3f} |",
        f"| intents, mean over intents | {intents['macro_accuracy']:.3f} |",
        f"| weakest intents | {named} |",
        f"| open-question threshold, 5 % false rejection | {intents['threshold']:.3f} |",
    ]
    if "open_recall" in intents:
        lines.append(f"| open questions of others found | {intents['open_recall']:.3f} |")
    lines += [
        f"| mood: AUC, negative against the rest | {mood['auc']:.3f} |",
        f"| the same, VADER alone | {mood['auc_vader']:.3f} |",
        f"| the same, spaCy's text categorizer | {mood['auc_spacy']:.3f} |",
        f"| router at {mood['threshold']:.2f}: precision | {mood['precision']:.3f} |",
        f"| router: recall | {mood['recall']:.3f} |",
        f"| router: calm turns taken for upset | {mood['false_alarms']:.4f} |",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Evaluate and write the report."""
    parser = argparse.ArgumentParser(description="Measure how well Switchboard understands.")
    parser.add_argument("--open-questions", type=Path, help="one question a line, all of them open")
    given = parser.parse_args()
    asked = given.open_questions.read_text().splitlines() if given.open_questions else []
    examples = read_examples()
    intents = evaluate_intents(examples, [line for line in asked if line.strip()])
    mood = evaluate_mood(examples)
    REPORTS.mkdir(exist_ok=True)
    text = report(intents, mood)
    (REPORTS / "evaluation.md").write_text(text)
    figures = {"intents": intents, "mood": mood}
    (REPORTS / "evaluation.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
