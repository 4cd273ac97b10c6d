"""Evaluates mood: valence, anger and the router's decision; baselines are VADER and spaCy."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import spacy
import yaml
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score
from spacy.training import Example
from spacy.util import minibatch

from benchmarks.evaluation.examples import Examples, embed, read_rows
from switchboard.nlu.mood_classifier import MoodClassifier
from switchboard.nlu.mood_model import (
    ANGRY,
    CALM,
    DISPLEASED,
    HEADS,
    NO_REASON,
    PROBLEM,
    REASONS,
    MoodModel,
    tone,
)
from switchboard.project import PROJECT

FALSE_TAKEOVER = float(MoodClassifier.get_default_config()["false_takeover"])
NEGATIVE = (ANGRY, DISPLEASED, PROBLEM)
SPACY_EXAMPLES = 2000


@dataclass(frozen=True)
class MoodResult:
    """Figures for the report; angry examples and their probabilities for the pictures."""

    figures: dict[str, Any]
    angry: dict[str, NDArray[Any]] = field(default_factory=dict)
    anger: dict[str, NDArray[Any]] = field(default_factory=dict)


def router_thresholds() -> dict[str, float]:
    """The thresholds in `config.yml`."""
    pipeline = yaml.safe_load((PROJECT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    router = next(part for part in pipeline if "SentimentRouter" in part["name"])
    return {name: float(router[name]) for name in ("angry", "displeased", "troubled")}


def fit_moods(examples: Examples, rows: NDArray[Any]) -> MoodModel:
    """A model of some of the examples."""
    return MoodModel.fit(
        [examples.texts[i] for i in rows],
        examples.vectors[rows],
        list(examples.moods[rows]),
        list(examples.reasons[rows]),
        list(examples.authors[rows]),
        FALSE_TAKEOVER,
    )


def predict_unseen(examples: Examples, rows: NDArray[Any]) -> NDArray[Any]:
    """(all examples x HEADS): predictions for the chosen rows by models that had not seen them."""
    found = np.zeros((len(examples.texts), len(HEADS)))
    chosen = set(rows)
    for train, test in examples.folds():
        train, test = (np.array([i for i in part if i in chosen]) for part in (train, test))
        model = fit_moods(examples, train)
        found[test] = model.predict([examples.texts[i] for i in test], examples.vectors[test])
    return found


def evaluate_mood(examples: Examples, others: Path | None) -> MoodResult:
    """Cross-validated figures by language, and figures on third-party texts."""
    rows = np.flatnonzero((examples.moods != "") | (examples.reasons != ""))
    found = predict_unseen(examples, rows)
    thresholds = router_thresholds()
    result = MoodResult({"thresholds": thresholds, "languages": {}})
    for language in ("en", "zh"):
        result.figures[f"takeover_{language}"] = _takeover(examples, found, language)
        own = rows[(examples.languages[rows] == language) & (examples.moods[rows] != "")]
        moods, anger = examples.moods[own], found[own, 3]
        angry = moods == ANGRY
        says = moods != CALM
        negative = np.isin(moods, NEGATIVE)
        routed = anger >= thresholds["angry"]
        result.angry[language], result.anger[language] = angry, anger
        result.figures["languages"][language] = {
            "examples": len(own),
            "angry": int(angry.sum()),
            "auc_negative": float(roc_auc_score(negative[says], found[own][says, 0])),
            "f1_negative": float(f1_score(negative[says], found[own][says, 0] >= 0.5)),
            "auc_anger": float(roc_auc_score(angry, anger)),
            "router_precision": float((routed & angry).sum() / max(routed.sum(), 1)),
            "router_recall": float((routed & angry).sum() / angry.sum()),
            "calm_routed": float((routed & ~angry).sum() / (~angry).sum()),
        }
    english = rows[(examples.languages[rows] == "en") & (examples.moods[rows] != "")]
    angry = examples.moods[english] == ANGRY
    vader = [-tone(examples.texts[i])[0] for i in english]
    result.figures["anger_auc_vader_en"] = float(roc_auc_score(angry, vader))
    result.figures["anger_auc_spacy_en"] = spacy_auc([examples.texts[i] for i in english], angry)
    if others is not None:
        result.figures["others"] = evaluate_others(examples, rows, others)
    return result


def _takeover(examples: Examples, found: NDArray[Any], language: str) -> dict[str, Any]:
    """Whether a person should take over, on the examples that were written for that question, and
    how many calm examples of intents would go to one."""
    own = (examples.languages == language) & (examples.reasons != "")
    person = found[:, HEADS.index("person")]
    wanted = examples.reasons != NO_REASON
    bar = float(np.quantile(person[own & ~wanted], 1.0 - FALSE_TAKEOVER))
    asked, sent = own & (examples.takeovers != ""), person >= bar
    return {
        "examples": int(asked.sum()),
        "auc": float(roc_auc_score(wanted[asked], person[asked])),
        "precision": float(wanted[asked & sent].mean()),
        "recall": float(sent[asked & wanted].mean()),
        "calm_sent": float(sent[own & ~wanted & (examples.takeovers == "")].mean()),
        "by_reason": {
            reason: f"{int(sent[asked & (examples.reasons == reason)].sum())}"
            f"/{int((asked & (examples.reasons == reason)).sum())}"
            for reason in REASONS
        },
    }


def evaluate_others(examples: Examples, rows: NDArray[Any], folder: Path) -> dict[str, float]:
    """AUC for negative against the rest on third-party texts."""
    model = fit_moods(examples, rows)
    figures: dict[str, float] = {}
    for language, label in (("en", "negative"), ("zh", "0")):
        read = read_rows(folder, f"sentiment_{language}.tsv")
        if not read:
            continue
        texts = [row[0] for row in read]
        negative = np.array([row[1] == label for row in read])
        found = model.predict(texts, embed(texts))
        figures[f"auc_negative_{language}"] = float(roc_auc_score(negative, found[:, 0]))
        figures[f"f1_negative_{language}"] = float(f1_score(negative, found[:, 0] >= 0.5))
        figures[f"auc_anger_{language}"] = float(roc_auc_score(negative, found[:, 3]))
        if language == "en":
            vader = [-tone(text)[0] for text in texts]
            figures["auc_vader_en"] = float(roc_auc_score(negative, vader))
    return figures


def spacy_auc(texts: list[str], angry: NDArray[Any]) -> float:
    """Of spaCy's bag-of-words text categorizer, trained on some of the examples and measured on
    others: it takes minutes for a thousand."""
    order = np.random.default_rng(7).permutation(len(texts))[: 2 * SPACY_EXAMPLES]
    train, test = order[:SPACY_EXAMPLES], order[SPACY_EXAMPLES:]
    nlp = spacy.blank("en")
    architecture = {"@architectures": "spacy.TextCatBOW.v2", "exclusive_classes": True}
    config = {"model": {**architecture, "ngram_size": 2, "no_output_layer": False}}
    nlp.add_pipe("textcat", config=config)
    examples = [
        Example.from_dict(
            nlp.make_doc(texts[i].lower()),
            {"cats": {"ANGRY": float(angry[i]), "OTHER": float(not angry[i])}},
        )
        for i in train
    ]
    nlp.initialize(lambda: examples)
    shuffle = random.Random(7)
    for _ in range(10):
        shuffle.shuffle(examples)
        for batch in minibatch(examples, 16):
            nlp.update(batch, drop=0.3)
    scores = [document.cats["ANGRY"] for document in nlp.pipe([texts[i].lower() for i in test])]
    return float(roc_auc_score(angry[test], scores))
