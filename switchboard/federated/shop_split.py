"""Deals the messages of one shop out to several that never were: unevenly, as shops differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UNEVENNESS = 0.3
"""Of the Dirichlet distribution by which each intent is dealt: below 1, most shops have little."""
LACKED = 0.15
"""The share of intents that a shop has no message of at all."""


def deal_out(labels: NDArray[Any], shops: int, seed: int) -> list[NDArray[Any]]:
    """The rows of each shop; every row goes to one."""
    random = np.random.default_rng(seed)
    dealt: list[list[NDArray[Any]]] = [[] for _ in range(shops)]
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        parts = random.dirichlet(np.full(shops, UNEVENNESS))
        parts[(random.random(shops) < LACKED) & (parts < parts.max())] = 0.0
        ends = (np.cumsum(parts / parts.sum())[:-1] * len(rows)).round().astype(int)
        for shop, own in enumerate(np.split(rows, ends)):
            dealt[shop].append(own)
    return [np.sort(np.concatenate(own)) for own in dealt]
