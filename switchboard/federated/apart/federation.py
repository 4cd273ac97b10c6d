"""The server's side: rounds of Flower's SecAgg+, and steps along the sums that come of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flwr.common import Context, FitIns, Parameters, RecordDict, ndarrays_to_parameters
from flwr.common import parameters_to_ndarrays as to_arrays
from flwr.server import LegacyContext, ServerConfig, SimpleClientManager
from flwr.server.strategy import FedAvg
from flwr.server.workflow import DefaultWorkflow, SecAggPlusWorkflow

from .agreed_terms import LEAST_SHOPS, Terms
from .heads import Arrays, Steps
from .leaving import MODULUS
from .pipe_grid import PipeGrid

LEVELS = 1 << 22
"""Whole numbers that stand for the numbers of an update."""
GIVEN_UP = 3
"""Rounds in a row that were refused."""


class HeadStrategy(FedAvg):  # type: ignore[misc]
    """All shops that are there, in each round; what comes of it is the mean of their updates, and a
    step along it."""

    def __init__(self, grid: PipeGrid, terms: Terms) -> None:
        self.steps, self._grid, self._terms, self.done = Steps(terms), grid, terms, 0
        super().__init__()

    def initialize_parameters(self, client_manager: Any) -> Parameters:
        """The weights so far; no shop is asked for any."""
        return ndarrays_to_parameters(self.steps.weights)

    def configure_fit(
        self, server_round: int, parameters: Parameters, client_manager: Any
    ) -> list[tuple[Any, FitIns]]:
        """Whom to ask; nobody where too few are there. FedAvg's own would wait for them a day."""
        present = self._grid.present()
        if len(present) < LEAST_SHOPS:
            return []
        known = client_manager.all().values()
        return [(shop, FitIns(parameters, {})) for shop in known if shop.node_id in present]

    def aggregate_fit(
        self, server_round: int, results: Any, failures: Any
    ) -> tuple[Parameters | None, dict[str, Any]]:
        """Follow the mean; one that no shops can have sent is left."""
        update: Arrays = to_arrays(results[0][1].parameters)
        shapes = tuple(part.shape for part in update)
        if shapes != self._terms.shapes or not all(np.isfinite(part).all() for part in update):
            return None, {}
        self.done += 1
        self.steps.follow(update)
        return ndarrays_to_parameters(self.steps.weights), {}


class Federation:
    """A training of several shops. `refused` counts rounds in which too few answered."""

    def __init__(self, grid: PipeGrid, terms: Terms) -> None:
        self._grid, self._terms = grid, terms
        self.strategy = HeadStrategy(grid, terms)
        self.refused = 0

    def run(self, rounds: int, tell: Callable[[int], None] = lambda done: None) -> Arrays:
        """The weights after so many rounds; a round that is refused counts, and changes nothing.

        Raises:
            SystemExit: too few shops from the beginning, or three times in a row.
        """
        if len(self._grid.shops) < LEAST_SHOPS:
            raise SystemExit(f"a federation needs {LEAST_SHOPS} shops or more")
        context = LegacyContext(
            context=Context(run_id=1, node_id=1, node_config={}, state=RecordDict(), run_config={}),
            config=ServerConfig(num_rounds=rounds),
            strategy=self.strategy,
            client_manager=SimpleClientManager(),
        )
        DefaultWorkflow(
            fit_workflow=_Rounds(self, self._terms, tell),
            evaluate_workflow=lambda grid, context: None,
        )(self._grid, context)
        return self.strategy.steps.weights


class _Rounds:
    """One round at a time, and what becomes of it."""

    def __init__(self, federation: Federation, terms: Terms, tell: Callable[[int], None]) -> None:
        self._federation, self._tell = federation, tell
        self._number, self._in_a_row = 0, 0
        self._secure = SecAggPlusWorkflow(
            num_shares=1.0,  # of the shops that a round begins with: each has a share of each
            reconstruction_threshold=terms.threshold,
            max_weight=1.0,
            clipping_range=terms.span,
            quantization_range=LEVELS,
            modulus_range=MODULUS,
            timeout=terms.seconds,
        )

    def __call__(self, grid: PipeGrid, context: LegacyContext) -> None:
        """A round of all four stages."""
        before = self._federation.strategy.done
        self._secure(grid, context)
        self._number += 1
        self._in_a_row = 0 if self._federation.strategy.done > before else self._in_a_row + 1
        self._federation.refused += self._in_a_row > 0
        if self._in_a_row >= GIVEN_UP:
            raise SystemExit(f"too few shops answered in {GIVEN_UP} rounds in a row")
        self._tell(self._number)
