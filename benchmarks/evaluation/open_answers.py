"""Evaluates open questions: what is found, what is checked, what attacks reach, what is hidden."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.evaluation.finding_answers import evaluate_finding
from benchmarks.evaluation.red_team import evaluate_attacks
from benchmarks.evaluation.redaction import evaluate_redaction
from benchmarks.evaluation.worded_answers import evaluate_wording
from switchboard.answering.opening import open_library
from switchboard.settings import load_settings
from switchboard.shop.speech import open_phrasebook

PERSONAL = {"built on": "personal_data.yml", "unseen": "personal_data_unseen.yml"}


def evaluate_answering(folder: Path) -> dict[str, Any]:
    """All figures on open questions; `folder` has the question sets."""
    logging.getLogger("switchboard").setLevel(logging.ERROR)  # else every attack is logged
    settings = load_settings({})
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook)
    with tempfile.TemporaryDirectory() as scratch:
        attacks = evaluate_attacks(folder, library, phrasebook, Path(scratch))
    return {
        "finding": evaluate_finding(folder, library, phrasebook),
        "wording": evaluate_wording(folder / "answers.yml", library, phrasebook.policy),
        "attacks": attacks,
        "redaction": {name: evaluate_redaction(folder / file) for name, file in PERSONAL.items()},
    }
