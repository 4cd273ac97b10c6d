"""A shop's examples as numbers: sentence vectors of our own encoder, and labels by their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.collecting.nlu_file import LabelledText, read_examples
from switchboard.embedding.encoder import Encoder
from switchboard.embedding.stored_vectors import StoredVectors
from switchboard.errors import ConfigurationError
from switchboard.federated.apart.heads import NO_LABEL, Table
from switchboard.text.normal import masked_text

MOODS = ("angry", "displeased", "calm")
"""The levels that are learned; what is stated as a problem, neutral or glad counts as calm."""
_LEVEL = {"angry": 0, "displeased": 1, "problem": 2, "calm": 2, "neutral": 2, "positive": 2}
_PIECES = 120
"""As training reads them: its vectors are taken."""


@dataclass(frozen=True)
class KnownMessages:
    """All examples of a shop (`data/nlu`, with the accepted wordings), row by row."""

    table: Table
    intents: tuple[str, ...]
    strata: tuple[str, ...]
    """Intent and language of each."""
    authors: tuple[str, ...]
    """Who wrote each; empty where that is not known."""


def read_messages(folder: Path, encoder: Encoder) -> KnownMessages:
    """The examples of a folder.

    Raises:
        ConfigurationError: there are none, or a file cannot be read.
    """
    examples = [example for _, example in read_examples(folder) if example.text]
    if not examples:
        raise ConfigurationError(f"there are no examples in {folder}")
    intents = tuple(sorted({example.intent for example in examples}))
    return KnownMessages(
        _table(examples, intents, encoder),
        intents,
        tuple(f"{example.intent} {example.language}" for example in examples),
        tuple(example.author for example in examples),
    )


def _table(examples: Sequence[LabelledText], intents: Sequence[str], encoder: Encoder) -> Table:
    stored = StoredVectors(encoder, encoder.store("examples"))  # where training keeps them
    vectors = stored.encode([masked_text(example.text) for example in examples], _PIECES)
    number = {name: at for at, name in enumerate(intents)}
    return Table(
        vectors,
        _numbers([number[example.intent] for example in examples]),
        _numbers([_LEVEL.get(example.mood, NO_LABEL) for example in examples]),
    )


def _numbers(labels: Sequence[int]) -> NDArray[Any]:
    return np.array(labels, np.int16)
