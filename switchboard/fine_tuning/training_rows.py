"""Rows of training data, in the conversational forms that TRL reads.

Supervised: `prompt` and `completion`; preference: `prompt`, `chosen` and `rejected`; unpaired
preference: `prompt`, `completion` and `label`, each a list of messages. What else is known stands
in further columns, which a trainer leaves alone: the mood, the statements that are cited, the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from switchboard.collecting.sample import ASSISTANT, USER, Sample
from switchboard.fine_tuning.verdicts import AnswerVerdict, Signal

Row = Mapping[str, Any]


def prompt_of(sample: Sample) -> list[dict[str, str]]:
    """The conversation up to the message, one message after the other in turn."""
    said = [*((line.role, line.text) for line in sample.before), (USER, sample.text)]
    joined: list[dict[str, str]] = []
    for role, text in said:
        if not text:
            continue
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] += f"\n{text}"
        else:
            joined.append({"role": role, "content": text})
    while joined and joined[0]["role"] != USER:
        joined.pop(0)
    return joined


def answer_of(text: str) -> list[dict[str, str]]:
    """An answer as a message."""
    return [{"role": ASSISTANT, "content": text}]


def signals_of(sample: Sample) -> dict[str, Any]:
    """What is known of a sample beside its words."""
    return {
        "talk": sample.talk,
        "month": sample.month,
        "language": sample.language,
        "route": sample.route,
        "cause": sample.cause,
        "intent": sample.intent,
        "by": sample.by,
        "mood": {"level": sample.level, "anger": sample.anger},
        "knowledge": {
            "passage": sample.passage,
            "statements": list(sample.cited),
            "found": sample.found,
        },
        "outcome": sample.outcome,
        "ticket": sample.ticket,
        "rating": sample.rating,
    }


def supervised_row(sample: Sample, signal: Signal) -> Row:
    """An answer that is worth repeating."""
    return {
        "prompt": prompt_of(sample),
        "completion": answer_of(sample.reply),
        "because": signal.value,
        **signals_of(sample),
    }


def judged_row(sample: Sample, verdict: AnswerVerdict, signal: Signal) -> Row:
    """An answer that is known to be good or bad."""
    return {**supervised_row(sample, signal), "label": verdict is AnswerVerdict.GOOD}


def preference_row(sample: Sample, chosen: str, rejected: str, signal: Signal) -> Row:
    """Two answers to one question, of which the first is the better."""
    return {
        "prompt": prompt_of(sample),
        "chosen": answer_of(chosen),
        "rejected": answer_of(rejected),
        "because": signal.value,
        **signals_of(sample),
    }


def line_of(row: Row) -> str:
    """One line of JSONL."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
