"""Sentence vectors for the classifiers that follow in the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import override

from switchboard.embedding.encoder import Encoder, default_encoder
from switchboard.embedding.stored_vectors import StoredVectors
from switchboard.text.clauses import split_clauses, split_sentences
from switchboard.text.masks import name_no_products
from switchboard.text.normal import masked_text

CLAUSES = "clauses"
"""Message key: the parts of a message that may each be a request, for the components behind."""
SENTENCES = "sentences"
"""Message key: the sentences of a message of several, any of which may be the wish."""
WORDED = "worded"
"""Message key: the text as the classifiers see it, each product of the catalogue as one word."""
_READ = 2000
_KEPT = 1000
_PIECES = 120
"""Of a message: what the model takes grows faster than its length, and 80 words tell a wish."""


@dataclass
class Clause:
    """A part of a message, what it means once the classifier saw it, and how sure that is.
    `worded` is the part as the classifiers see it."""

    text: str
    start: int
    worded: str
    vector: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.float32))
    ranking: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[str, float] = field(default_factory=dict)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature, a unit vector, to each message with text.

    `model` in the configuration names the folder of another BERT-shaped sentence-transformers
    model; its size is read from it. No sequence features are made.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`model`: None for multilingual-e5-small from its wheel."""
        return {**DenseFeaturizer.get_default_config(), "model": None}

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["onnxruntime", "sentencepiece"]

    @classmethod
    @override
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        folder = config["model"]
        self._encoder = Encoder(Path(folder)) if folder else default_encoder()
        self._vector = lru_cache(maxsize=_KEPT)(self._encode)

    def _encode(self, text: str) -> NDArray[Any]:
        vector: NDArray[Any] = self._encoder.encode([text], _PIECES)[0]
        vector.setflags(write=False)
        return vector

    @classmethod
    @override
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedder:
        return cls(config, execution_context.node_name)

    @classmethod
    @override
    def validate_config(cls, config: dict[str, Any]) -> None:
        """A missing folder is named when it is opened."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature, and the parts of a message that has several.

        One by one: in a batch each would cost as much as the longest. Equal texts cost nothing.
        """
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.strip():
                continue
            products = named_products(message)
            worded = name_no_products(text, products)
            message.set(WORDED, worded)
            self._add(message, self._vector(masked_text(worded)))
            clauses, sentences = split_clauses(text), split_sentences(text[:_READ])
            made = {part: self._part(*part, products) for part in {*clauses, *sentences}}
            for key, parts in ((CLAUSES, clauses), (SENTENCES, sentences)):
                if parts:
                    message.set(key, [made[part] for part in parts])
        return messages

    def _part(self, text: str, start: int, products: list[tuple[int, int]]) -> Clause:
        inside = [
            (a - start, b - start) for a, b in products if start <= a and b <= start + len(text)
        ]
        worded = name_no_products(text, inside)
        return Clause(text, start, worded, self._vector(masked_text(worded)))

    def _add(self, message: Message, vector: NDArray[Any]) -> None:
        origin = self._config[FEATURIZER_CLASS_ALIAS]
        message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, origin))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every training example; vectors are kept from training to training."""
        examples = [m for m in training_data.training_examples if (m.get(TEXT) or "").strip()]
        stored = StoredVectors(self._encoder, self._encoder.store("examples"))
        vectors = stored.encode([masked_text(m.get(TEXT)) for m in examples], _PIECES)
        stored.keep()
        for message, vector in zip(examples, vectors, strict=True):
            self._add(message, vector)
        return training_data


def named_products(message: Message) -> list[tuple[int, int]]:
    """(start, end) of each product of the catalogue that a message names."""
    found = (e for e in message.get(ENTITIES) or [] if e["entity"] == "product")
    return [(e["start"], e["end"]) for e in found]


def sentence_vector(message: Message) -> NDArray[Any] | None:
    """The vector that `SentenceEmbedder` added, (size,); None for a message without text."""
    _, sentence = message.get_dense_features(TEXT, [])
    return None if sentence is None else np.asarray(sentence.features[0], np.float32)


def required_vectors(messages: list[Message]) -> NDArray[Any]:
    """The vectors of training examples, (examples x size).

    Raises:
        ValueError: `SentenceEmbedder` did not run before.
    """
    vectors = [sentence_vector(message) for message in messages]
    if any(vector is None for vector in vectors):
        raise ValueError("SentenceEmbedder has to stand before this component in config.yml")
    return np.vstack([vector for vector in vectors if vector is not None])
