"""Noise by which no message of a shop can be told from what it sends."""

from __future__ import annotations

import math

import numpy as np
from diffprivlib.mechanisms import GaussianAnalytic

from .heads import Arrays


class Noise:
    """Gaussian noise for several releases which are (epsilon, delta)-differentially private
    together, towards a message more or less.

    Releases of Gaussian noise compose to one of their root's sensitivity, exactly, also where each
    depends on those before (Dong, Roth and Su 2019, Gaussian differential privacy); so diffprivlib
    finds the deviation for all at once (Balle and Wang 2018). It draws from the system's own source
    and without the rounding that gives values away (Holohan and Braghin 2021); no seed sets it.
    """

    def __init__(self, epsilon: float, delta: float, bound: float, releases: int) -> None:
        self._mechanism = GaussianAnalytic(
            epsilon=epsilon, delta=delta, sensitivity=bound * math.sqrt(releases)
        )
        self.deviation = math.sqrt(self._mechanism.variance(0.0))
        """Of each number."""

    def on(self, sums: Arrays) -> Arrays:
        """Sums with noise on every number."""
        return [
            np.array([self._mechanism.randomise(float(value)) for value in part.flat]).reshape(
                part.shape
            )
            for part in sums
        ]
