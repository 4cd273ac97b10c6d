"""Evaluates intents and open questions: cross-validated, and on third-party questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.examples import Examples, embed
from switchboard.nlu.intent_classifier import OPEN_EXAMPLES, IntentClassifier
from switchboard.nlu.intent_model import IntentModel, Verdicts, cross_validate
from switchboard.nlu.mood_model import ANGRY
from switchboard.text.normal import normal_text

USUAL = """cancel_order change_order change_shipping_address check_cancellation_fee check_invoice
check_payment_methods check_refund_policy complaint contact_customer_service contact_human_agent
create_account delete_account delivery_options delivery_period edit_account get_invoice get_refund
newsletter_subscription payment_issue place_order recover_password registration_problems review
set_up_shipping_address switch_account track_order track_refund""".split()
"""The 27 intents that the field's data sets have in common."""


@dataclass(frozen=True)
class IntentResult:
    """Figures for the report, and the data for the pictures."""

    figures: dict[str, Any]
    verdicts: Verdicts
    known: NDArray[Any]


def macro(right: NDArray[Any], labels: NDArray[Any], chosen: NDArray[Any]) -> float:
    """Mean over the 27 usual intents of the share that was right among the chosen rows."""
    shares = [right[chosen & (labels == name)] for name in USUAL]
    return float(np.mean([share.mean() for share in shares if len(share)]))


def evaluate_intents(examples: Examples, open_questions: list[str] | None) -> IntentResult:
    """Accuracy by language and intent, the bars, and how many open questions fall below them."""
    config = IntentClassifier.get_default_config()
    texts = [normal_text(text) for text in examples.texts]
    verdicts = cross_validate(
        texts, examples.vectors, list(examples.intents), list(examples.languages), config["C"]
    )
    open_rows = examples.intents == OPEN_EXAMPLES
    known = (examples.moods != ANGRY) & ~open_rows
    figures: dict[str, Any] = {"examples": len(texts), "languages": {}}
    bars: dict[str, float] = {}
    for language in ("en", "zh"):
        own = examples.languages == language
        bars[language] = verdicts.bar(known & own, float(config["false_rejection"]))
        asked = open_rows & own
        found = (verdicts.score < bars[language]) | (verdicts.names == OPEN_EXAMPLES)
        figures["languages"][language] = {
            "examples": int(own.sum()),
            "accuracy": float(verdicts.right[known & own].mean()),
            "macro_usual": macro(verdicts.right, examples.intents, known & own),
            "bar": bars[language],
            "own_open_recall": float(found[asked].mean()),
            "by_intent": {
                str(name): float(verdicts.right[known & own & (examples.intents == name)].mean())
                for name in np.unique(examples.intents[known & own])
            },
        }
    if open_questions:
        figures["open_recall_others"] = _recall(examples, texts, open_questions, bars["en"], config)
    return IntentResult(figures, verdicts, known)


def _recall(
    examples: Examples, texts: list[str], asked: list[str], bar: float, config: dict[str, Any]
) -> float:
    model = IntentModel.fit(texts, examples.vectors, list(examples.intents), config["C"])
    probability, score = model.predict([normal_text(text) for text in asked], embed(asked))
    best = probability.argmax(axis=1)
    low = score[np.arange(len(asked)), best] < bar
    named = np.array([model.classes[i] == OPEN_EXAMPLES for i in best])
    return float((low | named).mean())
