"""The pipeline of `config.yml`, trained and run in this process, without Rasa's server.

The vectors of texts are kept on disk, so that a change to a few examples costs a few embeddings.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.nlu_data import NluExample
from switchboard.embedding.encoder import default_encoder
from switchboard.embedding.stored_vectors import StoredVectors
from switchboard.nlu.reply_reader import ReplyReader
from switchboard.nlu.sentence_embedder import SentenceEmbedder
from switchboard.project import PROJECT, VAR

STORE = VAR / "embedding" / "evaluation.npz"


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
                    "metadata": {
                        "example": {
                            "mood": example.mood,
                            "author": example.author,
                            "takeover": example.takeover,
                        }
                    },
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
                part.process_training_data(data)
                part._encoder = vectors  # type: ignore[assignment]
            if hasattr(part, "train"):
                part.train(data)
            self._parts.append(part)

    def read(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """What the pipeline says of each text, as it stands on an event."""
        read = []
        for text in texts:
            message = Message(data={TEXT: text})
            for part in self._parts:
                if not isinstance(part, ReplyReader):  # nothing was asked before
                    part.process([message])
            read.append(message.as_dict(only_output_properties=False) | {TEXT: text})
        return read


def stored_vectors() -> StoredVectors:
    """The default encoder's."""
    return StoredVectors(default_encoder(), STORE)
