"""Vectors of texts that recur from run to run: training examples, articles, listed questions."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.embedding.encoder import MAX_PIECES, Encoder
from switchboard.owner_only import own_folder

_MOST_OTHERS = 20_000


def encode_stored(encoder: Encoder, texts: Sequence[str]) -> NDArray[Any]:
    """As `Encoder.encode`, for texts that recur at each start: only new ones are encoded."""
    stored = StoredVectors(encoder, encoder.store("texts"))
    vectors = stored.encode(texts)
    stored.keep(others=True)
    return vectors


class StoredVectors:
    """An encoder that keeps what it encoded in a file, so that a change to a few examples costs a
    few embeddings. `keep` writes the file."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self._path = encoder, path
        self.size = encoder.size
        self._known: dict[str, NDArray[Any]] = {}
        self._used: set[str] = set()
        self._written: set[str] = set()
        try:
            stored = np.load(path)
            self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
            self._written = set(self._known)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            pass  # none yet, or not whole: encoded anew

    def encode(self, texts: Sequence[str], pieces: int = MAX_PIECES) -> NDArray[Any]:
        """As `Encoder.encode`, always with the same `pieces`."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._known
        }
        if missing:
            found = self._encoder.encode(list(missing.values()), pieces)
            self._known.update(zip(missing, found, strict=True))
        self._used.update(keys)
        vectors = [self._known[key] for key in keys]
        return np.array(vectors, np.float32).reshape(len(keys), self.size)

    def keep(self, others: bool = False) -> None:
        """Write the vectors that were asked for, in one step, for the next run.

        With `others`, those that were kept before stay too, if they are not too many.
        """
        wanted = self._used
        if others and len(self._known) <= _MOST_OTHERS + len(self._used):
            wanted = set(self._known)
        if not self._used or wanted == self._written:
            return
        keys = sorted(wanted)
        own_folder(self._path.parent)
        handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=np.array(keys), vectors=np.stack([self._known[k] for k in keys]))
        os.replace(name, self._path)
