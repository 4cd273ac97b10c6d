"""A shop's side: the only place where its messages and what leaves it meet."""

from __future__ import annotations

import math

import numpy as np
from flwr.client import NumPyClient

from .agreed_terms import Terms
from .heads import Arrays, Table, gradient_sum
from .noise import Noise


class ShopClient(NumPyClient):  # type: ignore[misc]
    """Answers rounds with updates, as many as its budget has. `epsilon`: infinite for none; its
    own choice, which no server can alter. `bounded`: whether long gradients are shortened."""

    def __init__(
        self, table: Table, terms: Terms, epsilon: float, rounds: int, bounded: bool = True
    ) -> None:
        self._table, self._terms, self._left = table, terms, rounds
        self._bound = terms.bound if bounded else math.inf
        self.noise = None
        if math.isfinite(epsilon):
            self.noise = Noise(epsilon, terms.delta, terms.bound, rounds)

    def fit(
        self, parameters: Arrays, config: dict[str, object]
    ) -> tuple[Arrays, int, dict[str, object]]:
        """The update at given weights. Its weight is 1, however many messages there are: Flower
        sends it uncovered."""
        return self.update(parameters), 1, {}

    def update(self, weights: Arrays) -> Arrays:
        """The sum of the messages' gradients, with noise, over the agreed number of messages.

        Raises:
            ValueError: the budget is spent, the weights are no weights, or the update is not.
        """
        if self._left <= 0:
            raise ValueError("all rounds of the budget are spent")
        if tuple(head.shape for head in weights) != self._terms.shapes:
            raise ValueError("the server's weights have another shape")
        if not all(np.isfinite(head).all() for head in weights):
            raise ValueError("the server's weights are no numbers")
        self._left -= 1
        sums = gradient_sum(self._table, weights, self._bound)
        if not all(np.isfinite(part).all() for part in sums):
            raise ValueError("the update is no numbers")
        if self.noise is not None:
            sums = self.noise.on(sums)
        span = self._terms.span
        return [np.clip(part / self._terms.messages, -span, span) for part in sums]
