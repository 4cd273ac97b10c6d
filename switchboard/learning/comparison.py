"""A candidate beside the model that serves, on words that neither was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

TIMES = 10_000
"""Bootstrap samples."""
SURE = 0.95
WORSE = 0.01
"""A share of right readings by which a candidate may be worse where nothing was to be learned."""
FEWER = 0.02
"""A share of simulated customers' goals by which it may reach fewer."""


class Reader(Protocol):
    """Something that reads messages."""

    def read(self, texts: Sequence[str]) -> list[str]:
        """The intent of each."""


class Known(Reader):
    """What a model read before."""

    def __init__(self, intents: Mapping[str, str]) -> None:
        self._intents = intents

    def read(self, texts: Sequence[str]) -> list[str]:
        """The intent of each."""
        return [self._intents[text] for text in texts]


@dataclass(frozen=True)
class Reading:
    """A message and what it means, as a person or the customer's own deeds tell."""

    text: str
    intent: str


@dataclass(frozen=True)
class Gain:
    """How often each model was right in some cases (messages; goals), and how much better the
    candidate is, with an interval by paired bootstrap over them."""

    name: str
    cases: int
    serving: float
    candidate: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """How much more often the candidate is right."""
        return self.candidate - self.serving


class Judgement(str, Enum):
    """What follows from a comparison."""

    BETTER = "better"
    NOT_BETTER = "not better"
    WORSE = "worse"
    TOO_FEW = "too few messages"


def compare(
    name: str, readings: Sequence[Reading], serving: Reader, candidate: Reader, seed: int = 1
) -> Gain:
    """Read the same messages with both models."""
    texts, wanted = [one.text for one in readings], [one.intent for one in readings]
    ours, theirs = (
        [float(told == meant) for told, meant in zip(reader.read(texts), wanted, strict=True)]
        for reader in (serving, candidate)
    )
    return weigh(name, ours, theirs, seed)


def weigh(name: str, serving: Sequence[float], candidate: Sequence[float], seed: int = 1) -> Gain:
    """Set the shares that were right, case by case, beside each other."""
    if not serving:
        return Gain(name, 0, 0.0, 0.0, 0.0, 0.0)
    right = np.array([serving, candidate], float)
    chance = np.random.default_rng(seed)
    gains = right[1] - right[0]
    drawn = chance.integers(0, len(gains), (TIMES, len(gains)))
    tail = 100 * (1 - SURE) / 2
    low, high = np.percentile(gains[drawn].mean(axis=1), [tail, 100 - tail])
    serving_share, candidate_share = right.mean(axis=1)
    return Gain(
        name, len(serving), float(serving_share), float(candidate_share), float(low), float(high)
    )


def judge(
    learned: Gain, confirmed: Gain, customers: Gain | None = None, least: int = 10
) -> Judgement:
    """Whether a candidate is to be offered: better, beyond chance, on wordings kept back, not worse
    on what was read right before, nor with simulated `customers`, where they were asked; `least`:
    messages of each kind below which nothing is told."""
    if customers is not None and _is_worse(customers, FEWER):
        return Judgement.WORSE
    if min(learned.cases, confirmed.cases) < least:
        return Judgement.TOO_FEW
    # Of few messages, one is more than the share, and can be a wrong one that was taken for right;
    # the half is between one and two.
    if _is_worse(confirmed, max(WORSE, 1.5 / confirmed.cases)):
        return Judgement.WORSE
    return Judgement.BETTER if learned.low > 0 else Judgement.NOT_BETTER


def _is_worse(gain: Gain, bearable: float) -> bool:
    """Beyond chance, or by more than is borne."""
    return gain.high < 0 or gain.gain < -bearable
