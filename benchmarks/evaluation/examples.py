"""The training examples as columns, and third-party test sets if present."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.nlu_data import read_nlu
from switchboard.embedding.encoder import default_encoder
from switchboard.nlu.intent_classifier import language_of
from switchboard.text.normal import masked_text


@dataclass(frozen=True)
class Examples:
    """One row for each example of `data/nlu`."""

    texts: list[str]
    intents: NDArray[Any]
    moods: NDArray[Any]
    """The label, or an empty text."""
    languages: NDArray[Any]
    vectors: NDArray[Any]

    def folds(self) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Five (training, test) splits, the same as in training."""
        strata = [f"{i} {lang}" for i, lang in zip(self.intents, self.languages, strict=True)]
        splitter = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)
        return list(splitter.split(self.texts, strata))


def read_examples() -> Examples:
    """All examples with their vectors."""
    read = list(read_nlu())
    texts = [example.text for example in read]
    return Examples(
        texts,
        np.array([example.intent for example in read], dtype=object),
        np.array([example.mood for example in read], dtype=object),
        np.array([language_of(text) for text in texts], dtype=object),
        embed(texts),
    )


def embed(texts: list[str]) -> NDArray[Any]:
    """Vectors as in the pipeline, cached between runs."""
    return default_encoder().encode_stored([masked_text(text) for text in texts])


def read_rows(folder: Path, name: str) -> list[list[str]] | None:
    """The rows of a tab-separated file without its header; None if there is no such file."""
    path = folder / name
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
