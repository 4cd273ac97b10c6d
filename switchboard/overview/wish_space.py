"""Whether two messages tell one wish: by what the shop's intents differ in, not by equal words.

Sentence vectors of "does the blanket itch?" and "may I wash the blanket?" are near each other,
since they speak of one thing; those of "cancel it" and "I don't want it any more" are not. So the
vectors are turned to where the shop's own examples of one intent lie together and those of
different ones apart (linear discriminant analysis), and compared there.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from switchboard.conversations.turns import SMALL_TALK
from switchboard.embedding.encoder import Encoder, default_encoder
from switchboard.embedding.stored_vectors import StoredVectors
from switchboard.owner_only import own_folder
from switchboard.text.normal import masked_text

SAME_WISH = 0.44
"""From this cosine on two messages tell one wish (`benchmarks/rephrasing.py` chose it)."""
DIRECTIONS = 30
SHRINKAGE = 0.3
MOST_OF_INTENT = 160
"""Examples of an intent, evenly out of all of its: frequent intents weigh no more than others."""
FEWEST_INTENTS = 3
_PIECES = 120
"""As training reads them: its vectors are taken."""
_LATEST = 20_000
"""Vectors that are kept, of some hundred bytes each."""


class WishSpace:
    """Vectors of messages by their wish, of length 1; those of the latest messages are kept."""

    def __init__(self, encoder: Encoder, middle: NDArray[Any], turned: NDArray[Any]) -> None:
        self._encoder, self._middle, self._turned = encoder, middle, turned
        self._latest: dict[str, NDArray[Any]] = {}

    def vector(self, text: str) -> NDArray[Any]:
        """The vector of one message."""
        seen = masked_text(text)
        if seen not in self._latest:
            if len(self._latest) >= _LATEST:
                self._latest.clear()
            vector = (self._encoder.encode([seen], _PIECES)[0] - self._middle) @ self._turned
            self._latest[seen] = vector / max(float(np.linalg.norm(vector)), 1e-9)
        return self._latest[seen]

    def likeness(self, first: str, second: str) -> float:
        """How near two messages are, -1 to 1; from `SAME_WISH` on they tell one wish."""
        return float(self.vector(first) @ self.vector(second))

    def is_same(self, first: str, second: str) -> bool:
        """Whether two messages tell one wish."""
        return self.likeness(first, second) >= SAME_WISH


def open_wish_space(folder: Path, encoder: Encoder | None = None) -> WishSpace | None:
    """The space of a shop's examples (`data/nlu`); None if it has too few intents to tell by.

    Made once for each state of the examples (from vectors that training has kept, some seconds),
    and kept beside them.

    Raises:
        OSError: a file of examples cannot be read.
        yaml.YAMLError: one is no YAML.
    """
    encoder = encoder or default_encoder()
    digest = _digest(folder)
    kept = encoder.store(f"wishes-{digest}")
    try:
        with np.load(kept) as stored:
            return WishSpace(encoder, stored["middle"], stored["turned"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        pass  # none yet, or not whole
    made = _fitted(_evenly(_examples(folder)), encoder)
    if made is None:
        return None
    _write(kept, *made)
    return WishSpace(encoder, *made)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256(f"{DIRECTIONS} {SHRINKAGE} {MOST_OF_INTENT}".encode())
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _examples(folder: Path) -> Iterator[tuple[str, str]]:
    """(intent, text) of each example of Rasa's NLU files that tells a wish."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the shop's own files, of megabytes
    for path in sorted(folder.glob("*.yml")):
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  safe ones
        for block in (read or {}).get("nlu") or ():
            if "intent" not in block or block["intent"] in SMALL_TALK:
                continue
            listed = block["examples"]
            if isinstance(listed, str):
                lines = (line.strip().removeprefix("-").strip() for line in listed.splitlines())
            else:
                lines = (str(one["text"]).strip() for one in listed)
            yield from ((str(block["intent"]), line) for line in lines if line)


def _evenly(examples: Iterator[tuple[str, str]]) -> Mapping[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for intent, text in examples:
        texts[intent].append(text)
    chosen = {}
    for intent, all_of_it in texts.items():
        few = min(MOST_OF_INTENT, len(all_of_it))
        at = np.linspace(0, len(all_of_it) - 1, few).astype(int)
        chosen[intent] = [all_of_it[number] for number in at]
    return chosen


def _fitted(
    texts: Mapping[str, Sequence[str]], encoder: Encoder
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    usable = {intent: listed for intent, listed in texts.items() if len(listed) > 1}
    if len(usable) < FEWEST_INTENTS:
        return None
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # slow to import

    stored = StoredVectors(encoder, encoder.store("examples"))  # where training keeps them
    vectors = stored.encode(
        [masked_text(text) for listed in usable.values() for text in listed], _PIECES
    )
    labels = [intent for intent, listed in usable.items() for _ in listed]
    even = np.full(len(usable), 1 / len(usable))
    analysis = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE, priors=even)
    turned = analysis.fit(vectors, labels).scalings_[:, : min(DIRECTIONS, len(usable) - 1)]
    return vectors.mean(axis=0), np.asarray(turned, np.float32)


def _write(path: Path, middle: NDArray[Any], turned: NDArray[Any]) -> None:
    own_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, middle=middle, turned=turned)
    os.replace(name, path)
