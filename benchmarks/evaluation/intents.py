"""Evaluates intents and open questions: cross-validated, and on third-party questions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.examples import Examples, embed
from switchboard.nlu.intent_calibration import IntentCalibration
from switchboard.nlu.intent_classifier import IntentClassifier
from switchboard.nlu.intent_model import OPEN_EXAMPLES, IntentModel, Signs, TextRows
from switchboard.nlu.mood_model import ANGRY
from switchboard.text.normal import normal_text

USUAL = """cancel_order change_order change_shipping_address check_cancellation_fee check_invoice
check_payment_methods check_refund_policy complaint contact_customer_service contact_human_agent
create_account delete_account delivery_options delivery_period edit_account get_invoice get_refund
newsletter_subscription payment_issue place_order recover_password registration_problems review
set_up_shipping_address switch_account track_order track_refund""".split()
"""The 27 intents that the field's data sets have in common."""


@dataclass(frozen=True)
class Verdicts:
    """What models said of examples whose authors they did not know, a row for each."""

    names: NDArray[Any]
    """The first of the known intents, with `probability`."""
    probability: NDArray[Any]
    right: NDArray[Any]
    score: NDArray[Any]
    """How likely it is any known intent."""


@dataclass(frozen=True)
class IntentResult:
    """Figures for the report, and the data for the pictures."""

    figures: dict[str, Any]
    verdicts: Verdicts
    known: NDArray[Any]
    """Rows of known intents; of these, `figures` leaves out the angry ones where it says so."""


def macro(right: NDArray[Any], labels: NDArray[Any], chosen: NDArray[Any]) -> float:
    """Mean over the 27 usual intents of the share that was right among the chosen rows."""
    shares = [right[chosen & (labels == name)] for name in USUAL]
    return float(np.mean([share.mean() for share in shares if len(share)]))


def evaluate_intents(examples: Examples, open_questions: list[str] | None) -> IntentResult:
    """Accuracy by language, intent and author, confusions, calibration, and open questions."""
    config = IntentClassifier.get_default_config()
    rows = TextRows.of([normal_text(text) for text in examples.texts], examples.vectors)
    labels, c = list(examples.intents), float(config["C"])
    classes, signs = IntentModel.cross_validate(rows, labels, examples.folds(), c)
    calm, is_open = examples.moods != ANGRY, examples.intents == OPEN_EXAMPLES
    calibration = IntentCalibration.fit(
        classes,
        signs,
        examples.intents,
        examples.languages,
        calm,
        float(config["false_rejection"]),
        float(config["unclear"]),
    )
    verdicts = _verdicts(calibration, classes, signs, examples.intents)
    figures: dict[str, Any] = {"examples": len(labels), "languages": {}}
    for language in ("en", "zh"):
        own = examples.languages == language
        bar = calibration.bars[language]
        chosen = own & calm & ~is_open
        figures["languages"][language] = {
            "examples": int(own.sum()),
            "accuracy": float(verdicts.right[chosen].mean()),
            "accuracy_with_angry": float(verdicts.right[own & ~is_open].mean()),
            "angry": int((own & ~calm & ~is_open).sum()),
            "macro_usual": macro(verdicts.right, examples.intents, chosen),
            "bar": bar,
            "known_rejected": float((verdicts.score[chosen] < bar).mean()),
            "own_open_recall": float((verdicts.score[own & is_open] < bar).mean()),
            "by_intent": _shares(examples.intents, verdicts.right, chosen),
            "by_author": _shares(examples.authors, verdicts.right, chosen),
            "confusions": Counter(
                zip(
                    examples.intents[chosen & ~verdicts.right],
                    verdicts.names[chosen & ~verdicts.right],
                    strict=True,
                )
            ).most_common(20),
            "calibration": _calibration(verdicts, chosen),
        }
    if open_questions:
        model = IntentModel.fit(rows, labels, c)
        asked = model.read([normal_text(text) for text in open_questions], embed(open_questions))
        score = calibration.known(model.classes, asked)
        figures["open_recall_others"] = float((score < calibration.bars["en"]).mean())
    return IntentResult(figures, verdicts, calm & ~is_open)


def _verdicts(
    calibration: IntentCalibration, classes: list[str], signs: Signs, intents: NDArray[Any]
) -> Verdicts:
    names, shares = calibration.probabilities(classes, signs.margins)
    best = shares.argmax(axis=1)
    said = np.array(names, dtype=object)[best]
    probability = shares[np.arange(len(said)), best]
    return Verdicts(said, probability, said == intents, calibration.known(classes, signs))


def _shares(groups: NDArray[Any], right: NDArray[Any], chosen: NDArray[Any]) -> dict[str, float]:
    return {
        str(name): float(right[chosen & (groups == name)].mean())
        for name in np.unique(groups[chosen].astype(str))
    }


def _calibration(verdicts: Verdicts, chosen: NDArray[Any]) -> list[tuple[float, float, int]]:
    """(mean probability, share that was right, texts) in ten equal ranges of probability."""
    said, right = verdicts.probability[chosen], verdicts.right[chosen]
    place = np.minimum((said * 10).astype(int), 9)
    return [
        (float(said[place == i].mean()), float(right[place == i].mean()), int((place == i).sum()))
        for i in range(10)
        if (place == i).any()
    ]
