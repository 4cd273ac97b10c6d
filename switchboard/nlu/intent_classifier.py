"""The intent of a message, and how sure one can be that it is any of the known ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import override

from switchboard.nlu.folds import FOLDS, example_label, split_by_author
from switchboard.nlu.intent_calibration import IntentCalibration
from switchboard.nlu.intent_model import IntentModel, TextRows
from switchboard.nlu.mood_model import ANGRY
from switchboard.nlu.sentence_embedder import (
    CLAUSES,
    SENTENCES,
    WORDED,
    SentenceEmbedder,
    required_vectors,
    sentence_vector,
)
from switchboard.text.language import language_of
from switchboard.text.normal import normal_text

EVIDENCE = "intent_evidence"
"""Message key: the `score`, how likely the message is any known intent at all, and the `threshold`
below which it is an open question; the `margin` of the best intent's probability to the second, and
the one that counts as `close`."""


def calibrate(
    rows: TextRows,
    labels: Sequence[str],
    languages: Sequence[str],
    moods: Sequence[str | None],
    authors: Sequence[str],
    config: dict[str, Any],
) -> IntentCalibration:
    """What cross-validation over the examples' authors says of the margins.

    What is said in anger goes to a person anyway: it may not lower the bars.
    """
    strata = [f"{label} {language}" for label, language in zip(labels, languages, strict=True)]
    folds = split_by_author(strata, authors)
    classes, signs = IntentModel.cross_validate(rows, labels, folds, float(config["C"]))
    return IntentCalibration.fit(
        classes,
        signs,
        np.array(labels, dtype=object),
        np.array(languages, dtype=object),
        np.array([mood != ANGRY for mood in moods]),
        float(config["false_rejection"]),
        float(config["unclear"]),
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """Sentence vector, TF-IDF and a linear margin; see `IntentModel` and `IntentCalibration`.

    What the margins are worth comes from cross-validation at training. The ranking holds the known
    intents; the examples of open questions only tell how likely it is that a message is none of
    them. Where the embedder found several clauses in a message, each is classified too.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`false_rejection`: the share of known messages that may be taken for open questions;
        `unclear`: the share of them that may be asked back, because two intents are close."""
        return {"C": 0.1, "false_rejection": 0.09, "unclear": 0.02, "ranking_length": 10}

    @staticmethod
    @override
    def required_packages() -> list[str]:
        return ["sklearn", "scipy"]

    @classmethod
    @override
    def required_components(cls) -> list[type]:
        return [SentenceEmbedder]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: IntentModel | None = None
        self._calibration = IntentCalibration()

    @classmethod
    @override
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on every example that has an intent."""
        examples = [m for m in training_data.intent_examples if m.get(INTENT) and m.get(TEXT)]
        if not examples:
            return self._resource
        texts = [normal_text(m.get(TEXT)) for m in examples]
        vectors = required_vectors(examples)
        labels = [str(m.get(INTENT)) for m in examples]
        rows = TextRows.of(texts, vectors)
        self._model = IntentModel.fit(rows, labels, float(self._config["C"]))
        if min(Counter(labels).values()) >= FOLDS:
            moods = [example_label(m, "mood") for m in examples]
            authors = [example_label(m, "author") or "" for m in examples]
            languages = [language_of(text) for text in texts]
            self._calibration = calibrate(rows, labels, languages, moods, authors, self._config)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            stored = json.dumps(self._calibration.as_dict())
            (folder / "calibration.json").write_text(stored, encoding="utf-8")
        return self._resource

    @classmethod
    @override
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                stored = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
                component._model = IntentModel.load(folder)
                component._calibration = IntentCalibration(**stored)
        except ValueError:  # nothing was trained: Rasa's way of saying so
            pass
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and evidence; an empty message gets no intent."""
        if self._model is None:
            return messages
        for message in messages:
            text = normal_text(message.get(WORDED) or message.get(TEXT) or "")
            vector = sentence_vector(message)
            if not text or vector is None:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                continue
            ranking, evidence = self._classify(text, vector)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(EVIDENCE, evidence, add_to_output=True)
            for clause in [*(message.get(CLAUSES) or []), *(message.get(SENTENCES) or [])]:
                if clause.ranking:  # a clause and a sentence at once
                    continue
                clause.ranking, clause.evidence = self._classify(
                    normal_text(clause.worded), clause.vector
                )
        return messages

    def _classify(
        self, text: str, vector: NDArray[Any]
    ) -> tuple[list[dict[str, Any]], dict[str, float]]:
        if self._model is None:
            raise RuntimeError("the classifier was not trained")
        classes, signs = self._model.classes, self._model.read([text], vector[None, :])
        names, (shares,) = self._calibration.probabilities(classes, signs.margins)
        order = np.argsort(-shares)[: int(self._config["ranking_length"])]
        ranking = [{"name": names[i], "confidence": float(shares[i])} for i in order]
        lead = ranking[0]["confidence"] - (ranking[1]["confidence"] if len(ranking) > 1 else 0.0)
        return ranking, {
            "score": float(self._calibration.known(classes, signs)[0]),
            "threshold": self._calibration.bars.get(language_of(text), 0.0),
            "margin": lead,
            "close": self._calibration.close,
        }
