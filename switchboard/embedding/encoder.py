"""Encodes sentences as vectors: multilingual-e5-small from its wheel, or any BERT-like model."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from switchboard.embedding.everyday import EVERYDAY
from switchboard.embedding.prepared import prepare
from switchboard.embedding.word_pieces import open_tokenizer
from switchboard.project import VAR
from switchboard.settings import load_settings

CACHE = VAR / "embedding"
MAX_CHARACTERS = 1000
MAX_PIECES = 512
"""What the model was made for."""
_LATEST = 200
_CROWDED = 0.5
"""If the mean vector of a model is longer than this, its vectors are centred."""


class Encoder:
    """Encodes sentences as unit vectors of `size` dimensions, each on one thread.

    English, Chinese and eighty other languages share the wheel's space: a question finds its
    equivalent in the other language. Some models, this one too, put all sentences close together
    (cosines of 0.7 and more between unrelated ones). Their vectors are taken relative to the centre
    of everyday sentences, which spreads them.
    """

    def __init__(
        self, model: Path | None = None, cache: Path = CACHE, threads: int = 1, mirror: str = ""
    ) -> None:
        folder = prepare(model, cache, mirror)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(folder / "graph.onnx"), options, providers=["CPUExecutionProvider"]
        )
        # Memory-mapped: a message needs a few of the 250,000 rows.
        self._words = np.load(folder / "words.npy", mmap_mode="r")
        self._scales = np.load(folder / "scales.npy", mmap_mode="r")
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.size = int(meta["size"])
        self._cache, self._identity = cache, folder.name
        self._prompt = str(meta["prompt"])
        self._tokenize = open_tokenizer(folder)
        self._prepare()

    def with_prompt(self, prompt: str) -> Encoder:
        """The same model with words before each text, as models that were trained with them want.

        Vectors of encoders with different prompts cannot be compared.
        """
        other = copy.copy(self)
        other._prompt = prompt
        digest = hashlib.sha256(prompt.encode()).hexdigest()[:8]
        other._identity = f"{self._identity}-{digest}"
        other._prepare()
        return other

    def store(self, what: str) -> Path:
        """The file for vectors of texts that recur, of one sort."""
        return self._cache / f"{what}-{self._identity}.npz"

    def _prepare(self) -> None:
        """What depends on the words before each text."""
        centre: NDArray[Any] = self._raw(EVERYDAY).mean(axis=0)
        crowded = float(np.linalg.norm(centre)) > _CROWDED
        self._centre: NDArray[Any] | None = centre if crowded else None
        self.vector = lru_cache(maxsize=_LATEST)(self._vector)

    def encode(self, texts: Sequence[str], pieces: int = MAX_PIECES) -> NDArray[Any]:
        """Vectors (texts x size), float32, rows of length 1.

        A text of more word pieces than `pieces` keeps those of its beginning and its end.
        """
        vectors = self._raw(texts, pieces)
        if self._centre is None:
            return vectors
        vectors -= self._centre
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        spread: NDArray[Any] = vectors / np.maximum(length, 1e-9)
        return spread

    def _vector(self, text: str) -> NDArray[Any]:
        """The vector of one text, (size,), kept for a while: a question is compared often."""
        vector: NDArray[Any] = self.encode([text])[0]
        vector.flags.writeable = False
        return vector

    def count_pieces(self, text: str) -> int:
        """The number of word pieces in a text of any length."""
        parts = (text[at : at + 400] for at in range(0, len(text), 400))
        return sum(max(len(self._tokenize(part)) - 2, 0) for part in parts)  # without its end marks

    def _raw(self, texts: Sequence[str], pieces: int = MAX_PIECES) -> NDArray[Any]:
        """Each text by itself, on as many threads as there are cores.

        The graph scales its 8-bit activations by the largest of a batch: beside others, a text
        would get another vector each time (cosine 0.985, 0.92 at worst). Without padding it takes
        less time as well.
        """
        if len(texts) == 1:
            return self._one(texts[0], pieces)
        vectors = np.zeros((len(texts), self.size), np.float32)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for row, vector in enumerate(pool.map(lambda text: self._one(text, pieces), texts)):
                vectors[row] = vector
        return vectors

    def _one(self, text: str, pieces: int) -> NDArray[Any]:
        """The vector of one text as the model gives it, (1, size)."""
        ids = _shortened(self._tokenize(self._prompt + text[:MAX_CHARACTERS]), pieces)
        words = (self._words[ids] * self._scales[ids])[None]
        mask = np.ones((1, len(ids)), np.float32)
        (vector,) = self._session.run(["embedding"], {"words": words, "mask": mask})
        return np.asarray(vector)


def _shortened(pieces: Sequence[int], most: int) -> Sequence[int]:
    """Two thirds of the pieces from the beginning, a third from the end."""
    if len(pieces) <= most:
        return pieces
    end = most // 3
    return [*pieces[: most - end], *pieces[-end:]]


@lru_cache(maxsize=1)
def default_encoder() -> Encoder:
    """The wheel's model, loaded once per process."""
    return Encoder(mirror=load_settings().model_wheel)


@lru_cache(maxsize=1)
def asking_encoder() -> Encoder:
    """The wheel's model for questions and what they ask for.

    With the prompt that it was trained with for that, the right article comes first more often
    (0.82 against 0.79 of our own questions); intents gain nothing from it.
    """
    return default_encoder().with_prompt("query: ")
