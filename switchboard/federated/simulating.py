"""Several shops simulated out of one: who has what, what is held out, and what all come to."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.errors import ConfigurationError
from switchboard.federated.apart.agreed_terms import LEAST_SHOPS, Terms
from switchboard.federated.apart.heads import Table
from switchboard.federated.flower_environment import FLOWER, LAUNCHER
from switchboard.federated.message_tables import MOODS, KnownMessages
from switchboard.federated.shop_split import deal_out
from switchboard.owner_only import own_folder
from switchboard.project import VAR

RUNS = VAR / "federated" / "runs"


@dataclass(frozen=True)
class SplitOutcome:
    """Of one split: what the held-out messages are, and what each training took them for,
    (messages x 2), intent and mood."""

    intents: NDArray[Any]
    moods: NDArray[Any]
    shops: tuple[tuple[int, int], ...]
    """(messages, intents) of each shop."""
    predicted: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Simulation:
    """`held_out`: for each split, the rows that no shop trains on."""

    messages: KnownMessages
    held_out: Mapping[int, NDArray[Any]]
    shops: int
    epsilons: tuple[float, ...]
    terms: Terms

    @classmethod
    def planned(
        cls,
        messages: KnownMessages,
        folds: Sequence[NDArray[Any]],
        shops: int,
        epsilons: Sequence[float],
        splits: int,
        rounds: int,
    ) -> Simulation:
        """One whose splits hold out the folds after the first, by which its settings were chosen.

        Raises:
            ConfigurationError: too few shops, or no budget that could be.
        """
        if shops < LEAST_SHOPS:
            raise ConfigurationError(
                f"--shops: {LEAST_SHOPS} or more; of two, each would know the other's sum"
            )
        if not epsilons or not all(epsilon > 0 for epsilon in epsilons):
            raise ConfigurationError("--epsilons: numbers above 0, with commas; inf: no noise")
        terms = Terms(messages.intents, MOODS, messages.table.vectors.shape[1])
        return cls(
            messages,
            {seed: folds[seed % len(folds)] for seed in range(1, splits + 1)},
            shops,
            tuple(epsilons),
            replace(terms, rounds=rounds) if rounds else terms,
        )

    def run(self, ours: Mapping[str, str]) -> list[SplitOutcome]:
        """Prepare what is missing, train what is missing, read what came out.

        Raises:
            ConfigurationError: the environment is not there, or a training failed.
        """
        FLOWER.require()
        work = own_folder(RUNS / self._identity())
        dealt = {seed: self._prepare(work, seed) for seed in self.held_out}
        plan = {"seeds": list(self.held_out), "shops": self.shops}
        epsilons = [str(epsilon) for epsilon in self.epsilons]
        self.terms.write(work / "terms.json")
        (work / "plan.json").write_text(json.dumps({**plan, "epsilons": epsilons}))
        if FLOWER.run(LAUNCHER, ["simulation", str(work)], ours):
            raise ConfigurationError("a training failed; the same command goes on from there")
        return [self._read(work, seed, rows) for seed, rows in dealt.items()]

    def forget(self) -> None:
        """Take the tables away, once the report stands: vectors tell something of messages."""
        shutil.rmtree(RUNS / self._identity(), ignore_errors=True)

    def _identity(self) -> str:
        """The same for a run that is begun again, another for any other messages or settings."""
        table = self.messages.table
        digest = hashlib.sha256(repr((self.terms, self.shops, self.epsilons)).encode())
        for column in (table.vectors, table.intents, table.moods, *self.held_out.values()):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()[:16]

    def _prepare(self, work: Path, seed: int) -> list[NDArray[Any]]:
        """The rows of each shop of a split; their tables are written."""
        table, test = self.messages.table, self.held_out[seed]
        kept = np.setdiff1d(np.arange(len(table.intents)), test)
        dealt = [kept[rows] for rows in deal_out(table.intents[kept], self.shops, seed)]
        folder = own_folder(work / f"seed-{seed}")
        for at, rows in enumerate(dealt):
            _save_whole(table.chosen(rows), folder / f"shop-{at}.npz")
        _save_whole(table.chosen(test), folder / "test.npz")
        return dealt

    def _read(self, work: Path, seed: int, dealt: Sequence[NDArray[Any]]) -> SplitOutcome:
        table = self.messages.table.chosen(self.held_out[seed])
        intents = self.messages.table.intents
        found = {
            path.stem: np.load(path, allow_pickle=False)
            for path in sorted((work / f"seed-{seed}").glob("*.npy"))
        }
        shops = tuple((len(rows), len(np.unique(intents[rows]))) for rows in dealt)
        return SplitOutcome(table.intents, table.moods, shops, found)


def _save_whole(table: Table, path: Path) -> None:
    part = path.with_name(f".{path.name}")
    table.save(part)
    os.replace(part, path)
