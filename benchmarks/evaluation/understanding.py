"""The pipeline of `config.yml`, trained and run in this process, without Rasa's server.

The vectors of texts are kept on disk, so that a change to a few examples costs a few embeddings.
"""

from __future__ import annotations

import hashlib
import importlib
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.nlu_data import NluExample
from switchboard.embedding.encoder import Encoder, default_encoder
from switchboard.nlu.sentence_embedder import SentenceEmbedder
from switchboard.project import PROJECT, VAR

STORE = VAR / "embedding" / "evaluation.npz"


class StoredVectors:
    """An encoder that remembers every text it was given; `keep` writes that to disk."""

    def __init__(self, encoder: Encoder, path: Path = STORE) -> None:
        self._encoder, self._path = encoder, path
        self.size = encoder.size
        self._known: dict[str, NDArray[Any]] = {}
        if path.exists():
            stored = np.load(path)
            self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """As `Encoder.encode`."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._known
        }
        if missing:
            found = self._encoder.encode(list(missing.values()))
            self._known.update(zip(missing, found, strict=True))
        return np.stack([self._known[key] for key in keys])

    def keep(self) -> None:
        """Write what is known for the next run."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            self._path,
            keys=np.array(list(self._known)),
            vectors=np.stack(list(self._known.values())),
        )


class Understanding:
    """Every component of the pipeline, in its order, trained on some examples."""

    def __init__(self, examples: Iterable[NluExample], vectors: StoredVectors) -> None:
        self._vectors = vectors
        self._parts: list[Any] = []
        self._folder = tempfile.TemporaryDirectory()
        storage = LocalModelStorage.create(Path(self._folder.name))
        context = ExecutionContext(GraphSchema({}), "evaluation")
        messages = [
            Message(
                data={
                    TEXT: example.text,
                    INTENT: example.intent,
                    "metadata": {"example": {"mood": example.mood}} if example.mood else {},
                }
            )
            for example in examples
        ]
        data = TrainingData(messages)
        pipeline = yaml.safe_load((PROJECT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
        for number, given in enumerate(pipeline):
            module, name = given["name"].rsplit(".", 1)
            if name == "MixedTokenizer":  # nothing behind it reads its tokens
                continue
            kind = getattr(importlib.import_module(module), name)
            config = {**kind.get_default_config(), **given}
            resource = Resource(f"{number}_{name}")
            context.node_name = resource.name
            part = kind.create(config, storage, resource, context)
            if isinstance(part, SentenceEmbedder):
                config["alias"] = name
                part._encoder = vectors  # type: ignore[assignment]
                part.process_training_data(data)
            if hasattr(part, "train"):
                part.train(data)
            self._parts.append(part)

    def read(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """What the pipeline says of each text, as it stands on an event."""
        read = []
        for text in texts:
            message = Message(data={TEXT: text})
            for part in self._parts:
                part.process([message])
            read.append(message.as_dict(only_output_properties=False) | {TEXT: text})
        return read


def stored_vectors() -> StoredVectors:
    """The default encoder's."""
    return StoredVectors(default_encoder())
