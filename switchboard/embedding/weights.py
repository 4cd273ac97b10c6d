"""The weights of a BERT-like sentence encoder, read from a model folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from switchboard.errors import ConfigurationError


@dataclass(frozen=True)
class Weights:
    """Sizes and tensors, both under Hugging Face's names.

    `config["pooling"]` is `mean` or `cls`.
    """

    config: dict[str, Any]
    tensors: dict[str, NDArray[Any]]


def read_folder(folder: Path) -> Weights:
    """The weights in a sentence-transformers folder.

    Raises:
        ConfigurationError: a file is missing, or the architecture is another one.
    """
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = load_file(str(folder / "model.safetensors"))
    except OSError as error:
        raise ConfigurationError(f"{folder} is no model: {error}") from error
    if "embeddings.word_embeddings.weight" not in tensors or config.get("model_type") != "bert":
        raise ConfigurationError(f"{folder} holds a {config.get('model_type')}, not a BERT")
    return Weights({**config, "pooling": _pooling(folder)}, tensors)


def _pooling(folder: Path) -> str:
    try:
        said = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    except OSError:
        return "mean"
    return "cls" if said.get("pooling_mode_cls_token") else "mean"


def read_prompt(folder: Path) -> str:
    """The prefix that the model expects for questions, for instance `query: `; usually empty."""
    try:
        path = folder / "config_sentence_transformers.json"
        prompts = json.loads(path.read_text(encoding="utf-8")).get("prompts") or {}
    except OSError:
        return ""
    return str(prompts.get("query") or "")
