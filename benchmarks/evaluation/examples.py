"""The training examples as columns, and third-party test sets if present."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nlu_data import read_nlu
from switchboard.embedding.encoder import default_encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.nlu.folds import split_by_author
from switchboard.nlu.mood_classifier import reason_of
from switchboard.text.language import language_of
from switchboard.text.normal import masked_text


@dataclass(frozen=True)
class Examples:
    """One row for each example of `data/nlu`."""

    texts: list[str]
    intents: NDArray[Any]
    moods: NDArray[Any]
    """The label, or an empty text."""
    languages: NDArray[Any]
    authors: NDArray[Any]
    """Who wrote it, or an empty text."""
    reasons: NDArray[Any]
    """Why a person should take over, `none`, or an empty text; `takeovers` where an example was
    written for that question."""
    takeovers: NDArray[Any]
    vectors: NDArray[Any]

    def folds(self) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """(training, test) splits, the same as in training: by author."""
        strata = [f"{i} {lang}" for i, lang in zip(self.intents, self.languages, strict=True)]
        return split_by_author(strata, list(self.authors))


def read_examples() -> Examples:
    """All examples with their vectors."""
    read = list(read_nlu())
    texts = [example.text for example in read]
    return Examples(
        texts,
        np.array([example.intent for example in read], dtype=object),
        np.array([example.mood for example in read], dtype=object),
        np.array([language_of(text) for text in texts], dtype=object),
        np.array([example.author for example in read], dtype=object),
        np.array([reason_of(e.takeover, e.mood, e.intent) for e in read], dtype=object),
        np.array([example.takeover for example in read], dtype=object),
        embed(texts),
    )


def embed(texts: list[str]) -> NDArray[Any]:
    """Vectors as in the pipeline, cached between runs."""
    return encode_stored(default_encoder(), [masked_text(text) for text in texts])


def read_rows(folder: Path, name: str) -> list[list[str]] | None:
    """The rows of a tab-separated file without its header; None if there is no such file."""
    path = folder / name
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
