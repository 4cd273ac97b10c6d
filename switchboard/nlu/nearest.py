"""The nearest examples: a text that resembles none of the known wishes is an open question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DIMENSIONS = 128
"""Of the sentence vectors' main directions: a third of the work, and the same neighbours."""


class NearestExamples:
    """Cosines to the nearest known example and to the nearest open one."""

    def __init__(self, directions: NDArray[Any], known: NDArray[Any], opened: NDArray[Any]) -> None:
        self._directions, self._known, self._opened = directions, known, opened

    @classmethod
    def fit(cls, vectors: NDArray[Any], is_open: NDArray[Any]) -> NearestExamples:
        """From the examples' vectors (examples x size)."""
        _, turn = np.linalg.eigh(vectors.T @ vectors)
        directions = np.ascontiguousarray(turn[:, ::-1][:, :_DIMENSIONS]).astype(np.float32)
        projected = _unit(vectors @ directions)
        return cls(directions, projected[~is_open], projected[is_open])

    def cosines(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """(texts x 2): to the nearest known example, to the nearest open one."""
        projected = _unit(vectors @ self._directions)
        found = np.zeros((len(vectors), 2), np.float32)
        for column, examples in enumerate((self._known, self._opened)):
            if len(examples):
                found[:, column] = (projected @ examples.T).max(axis=1)
        return found

    def save(self, path: Path) -> None:
        """Write to `path`, an .npz."""
        known, opened = (part.astype(np.float16) for part in (self._known, self._opened))
        np.savez(path, directions=self._directions, known=known, opened=opened)

    @classmethod
    def load(cls, path: Path) -> NearestExamples:
        """Read what `save` wrote."""
        stored = np.load(path)
        return cls(*(stored[name].astype(np.float32) for name in ("directions", "known", "opened")))


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-9), np.float32)
