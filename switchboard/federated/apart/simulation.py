"""All trainings that are compared, one after the other, in a folder that the main process prepared.

    terms.json, plan.json           what is agreed; {"seeds": [...], "shops": 5, "epsilons": [...]}
    seed-1/shop-0.npz … test.npz    tables of shops; the vectors of the held-out messages
    seed-1/pooled.npy …             what comes out: intent and mood predicted for each of them

A training whose predictions are there is not done again, so that one that was broken off goes on.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .agreed_terms import Terms
from .federation import Federation
from .heads import Arrays, Table, joined, predicted, train_alone
from .pipe_grid import PipeGrid
from .quiet import hush

ALONE_STEPS = 200
"""Without rounds there is time to learn to the end."""


def main() -> None:
    """Train all that is not there yet."""
    hush()
    work = Path(sys.argv[1])
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    terms = Terms.read(work / "terms.json")
    for seed in plan["seeds"]:
        _Seed(work / f"seed-{seed}", work / "terms.json", terms, plan).run(f"split {seed}")


class _Seed:
    """The trainings of one split of messages over shops."""

    def __init__(self, folder: Path, agreed: Path, terms: Terms, plan: dict[str, Any]) -> None:
        self._folder, self._agreed, self._terms, self._plan = folder, agreed, terms, plan
        self._tables = [folder / f"shop-{at}.npz" for at in range(plan["shops"])]
        with np.load(folder / "test.npz", allow_pickle=False) as stored:
            self._test = stored["vectors"]

    def run(self, title: str) -> None:
        """Those without a predecessor of theirs in the folder."""
        for at, table in enumerate(self._tables):
            self._by_one(f"alone-{at}", [table], title)
        self._by_one("pooled", self._tables, title)
        epsilons = [float(epsilon) for epsilon in self._plan["epsilons"]]
        wanted = [("federated", math.inf, self._terms.plain_rounds, False)]
        wanted += [(f"epsilon-{one:g}", one, self._terms.rounds, True) for one in epsilons]
        wanted = [one for one in wanted if not self._is_done(one[0])]
        if not wanted:
            return
        grid = PipeGrid(self._tables, self._agreed)
        try:
            for name, epsilon, rounds, bounded in wanted:
                grid.begin(epsilon, rounds, bounded)
                federation = Federation(grid, self._terms)
                weights = federation.run(rounds, _Progress(f"{title}, {name}", rounds))
                self._keep(name, weights)
        finally:
            grid.close()

    def _by_one(self, name: str, tables: list[Path], title: str) -> None:
        if self._is_done(name):
            return
        print(f"{title}, {name}", flush=True)
        table = joined([Table.read(one) for one in tables])
        self._keep(name, train_alone(table, self._terms, ALONE_STEPS))

    def _is_done(self, name: str) -> bool:
        return (self._folder / f"{name}.npy").is_file()

    def _keep(self, name: str, weights: Arrays) -> None:
        part = self._folder / f"{name}.part"
        with part.open("wb") as file:
            np.save(file, predicted(self._test, weights))
        os.replace(part, self._folder / f"{name}.npy")


class _Progress:
    """A line for every tenth round."""

    def __init__(self, title: str, rounds: int) -> None:
        self._title, self._rounds = title, rounds

    def __call__(self, done: int) -> None:
        if done % 10 == 0 or done == self._rounds:
            print(f"{self._title}: round {done} of {self._rounds}", flush=True)
