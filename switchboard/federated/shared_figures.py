"""How right each training was on messages that none of them saw, and how sure that is.

Intervals are percentiles of a bootstrap over the held-out messages of all splits (each counts as
often as Poisson's distribution of mean 1 draws); gains are over a shop alone, on the same draws.
What the splits themselves, or the noise drawn, could have been instead is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.federated.apart.heads import NO_LABEL
from switchboard.federated.simulating import SplitOutcome
from switchboard.reply_quality.resampling import LEVEL, Interval

SAMPLES = 1000
HEADS = ("intents", "moods")
ALONE, POOLED, FEDERATED = "alone", "pooled", "federated"
EPSILON = "epsilon-"
_SEED = 20_261_123


@dataclass(frozen=True)
class HeadFigures:
    """Of one training and one head. `balanced`: the mean of each label's share that was found,
    over those that were held out; `gain`: of accuracy over a shop alone."""

    accuracy: Interval
    balanced: Interval
    gain: Interval
    balanced_gain: Interval
    splits: tuple[float, ...]
    """Accuracy of each."""


def measure(outcomes: Sequence[SplitOutcome]) -> dict[str, dict[str, HeadFigures]]:
    """By training, then by head: shops alone (their mean), pooled, federated, each budget."""
    names = [name for name in outcomes[0].predicted if not name.startswith(f"{ALONE}-")]
    by_head = {head: _of_head(outcomes, at, names) for at, head in enumerate(HEADS)}
    return {name: {head: by_head[head][name] for head in HEADS} for name in (ALONE, *names)}


def most_frequent(outcomes: Sequence[SplitOutcome], head: str) -> float:
    """The accuracy of whoever always says the label that is held out most often."""
    labels = np.concatenate([_labels(one, HEADS.index(head)) for one in outcomes])
    known = labels[labels != NO_LABEL]
    return float(np.bincount(known).max() / len(known)) if len(known) else float("nan")


def _labels(outcome: SplitOutcome, head: int) -> NDArray[Any]:
    return (outcome.intents, outcome.moods)[head]


def _rightness(outcome: SplitOutcome, head: int, name: str) -> NDArray[Any]:
    """(messages,): whether each was read right; of shops alone, the share of them that did."""
    wanted = [f"{name}-{at}" for at in range(len(outcome.shops))] if name == ALONE else [name]
    labels = _labels(outcome, head)
    found = [outcome.predicted[one][:, head] == labels for one in wanted]
    return np.asarray(np.mean(found, axis=0)[labels != NO_LABEL])


def _of_head(
    outcomes: Sequence[SplitOutcome], head: int, names: Sequence[str]
) -> dict[str, HeadFigures]:
    labels = np.concatenate([_labels(one, head) for one in outcomes])
    labels = labels[labels != NO_LABEL]
    drawn = np.random.default_rng(_SEED).poisson(1.0, (SAMPLES, len(labels))).astype(np.float32)
    weights = np.vstack([np.ones((1, len(labels)), np.float32), drawn])
    right = {name: [_rightness(one, head, name) for one in outcomes] for name in (ALONE, *names)}
    plain, even = {}, {}
    for name, parts in right.items():
        joined = np.concatenate(parts)
        plain[name] = weights @ joined / weights.sum(axis=1)
        even[name] = _balanced(weights, joined, labels)
    return {
        name: HeadFigures(
            _interval(plain[name]),
            _interval(even[name]),
            _interval(plain[name] - plain[ALONE]),
            _interval(even[name] - even[ALONE]),
            tuple(float(part.mean()) for part in right[name]),
        )
        for name in right
    }


def _balanced(weights: NDArray[Any], right: NDArray[Any], labels: NDArray[Any]) -> NDArray[Any]:
    found = []
    for label in np.unique(labels):
        own = labels == label
        count = weights[:, own].sum(axis=1)
        with np.errstate(invalid="ignore"):
            found.append(weights[:, own] @ right[own] / count)
    return np.asarray(np.nanmean(found, axis=0))


def _interval(values: NDArray[Any]) -> Interval:
    """The first value is of the messages as they are, the others of samples."""
    low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(values[0]), float(low), float(high))
