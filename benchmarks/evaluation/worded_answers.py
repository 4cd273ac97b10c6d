"""Evaluates the checks of a model's own wording, without its judge.

What they let pass wrongly is what a judge would have to find: a bound that needs no model.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from switchboard.answering.checks import DraftChecks, Grounds
from switchboard.answering.offer import Offered
from switchboard.errors import ModelWrong
from switchboard.knowledge.library import LiveLibrary
from switchboard.shop.policy import Policy

Figures = dict[str, Any]


def evaluate_wording(path: Path, library: LiveLibrary, policy: Policy) -> Figures:
    """By language: the share of wrong answers stopped, by class too, and of right ones passed."""
    checks = DraftChecks(policy)
    figures: Figures = {}
    for language, answers in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        stopped: Counter[str] = Counter()
        classes = Counter(row["class"] for row in answers["wrong"])
        for row in answers["wrong"]:
            stopped[row["class"]] += not _passes(checks, row, library, language)
        passed = sum(_passes(checks, row, library, language) for row in answers["right"])
        figures[language] = {
            "wrong": len(answers["wrong"]),
            "stopped": stopped.total() / len(answers["wrong"]),
            "stopped_by_class": {name: stopped[name] / n for name, n in sorted(classes.items())},
            "right": len(answers["right"]),
            "passed": passed / len(answers["right"]),
        }
    return figures


def _passes(checks: DraftChecks, row: dict[str, str], library: LiveLibrary, language: str) -> bool:
    passage = library.find(row["cites"], language)
    if passage is None:
        raise ValueError(f"no passage {row['cites']} in {language}")
    grounds = Grounds([Offered(statement, passage) for statement in passage.statements])
    try:
        checks.check(row["says"], grounds, language)
    except ModelWrong:
        return False
    return True
