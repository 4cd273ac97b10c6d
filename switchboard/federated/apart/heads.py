"""Two linear softmax heads over the sentence vector, one for intents and one for moods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .agreed_terms import Terms

Arrays = list[NDArray[np.float64]]
"""One for each head: weights, or an update of them."""
NO_LABEL = -1


@dataclass(frozen=True)
class Table:
    """A shop's messages as numbers: vectors of length 1 at most, and for each the numbers of its
    labels in the terms; `NO_LABEL` where there is none."""

    vectors: NDArray[Any]
    intents: NDArray[Any]
    moods: NDArray[Any]

    @classmethod
    def read(cls, path: Path) -> Table:
        """From an npz file; pickles are refused."""
        with np.load(path, allow_pickle=False) as stored:
            vectors = stored["vectors"].astype(np.float64)  # once, and not in each round
            return cls(vectors, stored["intents"], stored["moods"])

    def save(self, path: Path) -> None:
        """Write what `read` reads."""
        np.savez(path, vectors=self.vectors, intents=self.intents, moods=self.moods)

    def chosen(self, rows: NDArray[Any]) -> Table:
        """Some of its messages."""
        return Table(self.vectors[rows], self.intents[rows], self.moods[rows])


def joined(tables: Sequence[Table]) -> Table:
    """The messages of all."""
    columns = zip(*((t.vectors, t.intents, t.moods) for t in tables), strict=True)
    return Table(*(np.concatenate(column) for column in columns))


def beginning(terms: Terms) -> Arrays:
    """Weights before the first round."""
    return [np.zeros(shape) for shape in terms.shapes]


def shares(vectors: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    """(messages x labels): the probability of each label."""
    margins: NDArray[np.float64] = vectors @ weights
    margins -= margins.max(axis=1, keepdims=True)
    np.exp(margins, out=margins)
    return np.asarray(margins / margins.sum(axis=1, keepdims=True))


def predicted(vectors: NDArray[Any], weights: Arrays) -> NDArray[Any]:
    """(messages x 2): the likeliest intent and mood of each."""
    columns = [(vectors @ head).argmax(axis=1) for head in weights]
    return np.asarray(np.stack(columns, axis=1), np.int16)


def _residual(
    vectors: NDArray[Any], weights: NDArray[Any], labels: NDArray[Any]
) -> NDArray[np.float64]:
    found = shares(vectors, weights)
    known = labels != NO_LABEL
    found[np.flatnonzero(known), labels[known]] -= 1.0
    found[~known] = 0.0
    return found


def gradient_sum(table: Table, weights: Arrays, bound: float = np.inf) -> Arrays:
    """The gradients of all messages' losses, added up; each message's, over both heads together, is
    shortened to the length `bound` where it is longer."""
    vectors = np.asarray(table.vectors, np.float64)
    labels = (table.intents, table.moods)
    residuals = [_residual(vectors, head, own) for head, own in zip(weights, labels, strict=True)]
    lengths = np.linalg.norm(vectors, axis=1)
    lengths *= np.sqrt(sum((part**2).sum(axis=1) for part in residuals))
    kept = np.minimum(1.0, bound / np.maximum(lengths, 1e-12))
    return [vectors.T @ (part * kept[:, None]) for part in residuals]


class Steps:
    """Weights that follow updates, with momentum; all of it after what shops sent, so that it costs
    no privacy."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.weights = beginning(terms)
        self._pace = beginning(terms)

    def follow(self, update: Arrays) -> None:
        """One step against the mean of the shops' updates."""
        terms = self._terms
        for head, pace, part in zip(self.weights, self._pace, update, strict=True):
            pace *= terms.momentum
            pace += part + terms.decay * head
            head -= terms.step * pace


def train_alone(table: Table, terms: Terms, steps: int) -> Arrays:
    """Weights by one table's messages, with neither noise nor bound."""
    found = Steps(terms)
    for _ in range(steps):
        update = gradient_sum(table, found.weights)
        found.follow([part / max(len(table.intents), 1) for part in update])
    return found.weights
