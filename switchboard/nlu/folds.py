"""How examples are set aside for cross-validation: by who wrote them, where that is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message
from sklearn.model_selection import GroupKFold, StratifiedKFold

FOLDS = 4
_SEED = 7


def example_label(message: Message, name: str) -> str | None:
    """What the metadata of a training example, or of its block, says under `name`."""
    metadata = message.get("metadata") or {}
    for place in ("example", "intent"):
        label = (metadata.get(place) or {}).get(name)
        if label:
            return str(label)
    return None


def bars_by_language(
    scores: NDArray[Any], languages: NDArray[Any], share: float
) -> dict[str, float]:
    """For each language, the score that `share` of its texts stay below."""
    return {
        str(name): float(np.quantile(scores[languages == name], share))
        for name in np.unique(languages)
    }


def split_by_author(
    strata: Sequence[str], authors: Sequence[str]
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """(training, test) rows, four times, each row once in a test.

    All that one author wrote is left out together: customers are other authors, and what a model
    says of the wording that it was trained on flatters. Examples without an author (an empty text)
    are dealt out evenly by stratum; so are all of them, where there are hardly any authors.
    """
    names, kinds = np.array(authors, dtype=object), np.array(strata, dtype=object)
    fold = np.zeros(len(names), dtype=int)
    signed = names != ""
    if len(set(names[signed])) < FOLDS:
        signed[:] = False
    if signed.any():
        rows = np.flatnonzero(signed)
        for number, (_, test) in enumerate(GroupKFold(FOLDS).split(rows, groups=names[rows])):
            fold[rows[test]] = number
    if not signed.all():
        rows = np.flatnonzero(~signed)
        splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
        for number, (_, test) in enumerate(splitter.split(rows, kinds[rows])):
            fold[rows[test]] = number
    return [(np.flatnonzero(fold != n), np.flatnonzero(fold == n)) for n in range(FOLDS)]
