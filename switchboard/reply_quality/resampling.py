"""How sure a figure is, and whether two versions differ: by resampling replies, in constant memory.

Intervals are percentiles of a bootstrap over replies, in Poisson's form: each reply counts in each
sample a number of times drawn from Poisson's distribution of mean 1, which for more than a few
dozen replies is the same as drawing with replacement (Hanley and MacGibbon 2006), and needs one
pass. The same draws weigh both versions, so the interval of a difference is a paired bootstrap's
(Koehn 2004).

Whether a difference could be chance is tested by approximate randomization (Noreen 1989; Riezler
and Maxwell 2005 found that it calls chance a difference less often than the bootstrap does): in
each of many samples the two versions' replies change places at a throw of a coin, and counted is
how often that makes as large a difference. Of several figures at once, p values are Holm's (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from switchboard.reply_quality.reply_figures import Matrix, ReplyFigure

SEED = 20_040_712
LEVEL = 0.95
ENOUGH = 10
"""Replies without which no interval is told."""


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds of its interval; all NaN where nothing was counted."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Of a figure, first version minus second, and the chance of one as large by chance alone
    (two-sided, not yet corrected for several figures)."""

    gain: Interval
    p: float


class Samples:
    """Sums of statistics over all replies and over samples of them."""

    def __init__(self, samples: int, width: int, seed: int = SEED) -> None:
        self._random = np.random.default_rng(seed)
        self.counted = np.zeros(width, int)
        """Replies of which each statistic says something."""
        self.whole = np.zeros((1, width))
        self.drawn = np.zeros((samples, width))

    def add(self, statistics: Matrix) -> None:
        """Count a chunk of replies (replies x width)."""
        self.counted += np.count_nonzero(statistics, axis=0)
        self.whole += statistics.sum(axis=0)
        self.drawn += _draws(self._random, len(statistics), len(self.drawn)).T @ statistics


class PairedSamples:
    """The same for two versions' replies to the same questions, with samples that swap them."""

    def __init__(self, samples: int, width: int, seed: int = SEED) -> None:
        self._random = np.random.default_rng(seed)
        self.replies = 0
        self.counted = np.zeros(width, int)
        self.wholes = np.zeros((2, 1, width))
        self.drawn = np.zeros((2, samples, width))
        self._moved = np.zeros((samples, width))

    def add(self, first: Matrix, second: Matrix) -> None:
        """Count a chunk of replies of both versions, row by row to the same question."""
        self.replies += len(first)
        self.counted += np.count_nonzero((first != 0) | (second != 0), axis=0)
        draws = _draws(self._random, len(first), self.drawn.shape[1]).T
        for at, statistics in enumerate((first, second)):
            self.wholes[at] += statistics.sum(axis=0)
            self.drawn[at] += draws @ statistics
        swapped = self._random.integers(0, 2, (len(self._moved), len(first)), dtype=np.int8)
        self._moved += swapped.astype(np.float64) @ (second - first)

    @property
    def swapped(self) -> tuple[Matrix, Matrix]:
        """The sums of both, with some replies changed places."""
        return self.wholes[0] + self._moved, self.wholes[1] - self._moved


def _draws(random: np.random.Generator, replies: int, samples: int) -> Matrix:
    return random.poisson(1.0, (replies, samples)).astype(np.float64)


def interval(figure: ReplyFigure, whole: Matrix, drawn: Matrix, replies: int) -> Interval:
    """A figure of all replies, with its bootstrap interval."""
    value = float(figure.total(whole)[0])
    return _around(value, figure.total(drawn), replies)


def difference(figure: ReplyFigure, at: slice, samples: PairedSamples) -> Difference:
    """First minus second version of the figure whose statistics stand at `at`."""
    values = [float(figure.total(whole[:, at])[0]) for whole in samples.wholes]
    gain = values[0] - values[1]
    drawn = [figure.total(sums[:, at]) for sums in samples.drawn]
    count = int(samples.counted[at].max())
    around = _around(gain, drawn[0] - drawn[1], count)
    if np.isnan(gain) or count < ENOUGH:
        return Difference(around, float("nan"))
    swapped = [figure.total(sums[:, at]) for sums in samples.swapped]
    as_large = np.count_nonzero(np.abs(swapped[0] - swapped[1]) >= abs(gain) - 1e-9)
    return Difference(around, (as_large + 1) / (len(swapped[0]) + 1))


def _around(value: float, drawn: Matrix, replies: int) -> Interval:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or replies < ENOUGH or len(known) < len(drawn) / 2:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def holm(values: Sequence[float]) -> list[float]:
    """P values corrected for their number (Holm 1979); NaN stays, and is not counted."""
    known = sorted((p, at) for at, p in enumerate(values) if not np.isnan(p))
    corrected, least = list(values), 0.0
    for rank, (p, at) in enumerate(known):
        least = max(least, min(1.0, p * (len(known) - rank)))
        corrected[at] = least
    return corrected
