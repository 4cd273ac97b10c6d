"""What shops agree on before the first round. Nothing of any shop is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

LEAST_SHOPS = 3
"""Of two, each would know the other's sum."""


@dataclass(frozen=True)
class Terms:
    """The same for every shop and for the server."""

    intents: tuple[str, ...]
    moods: tuple[str, ...]
    size: int
    """Of a sentence vector."""
    rounds: int = 16
    """With noise: each adds to what the noise has to cover."""
    plain_rounds: int = 60
    """Without noise."""
    step: float = 80.0
    momentum: float = 0.8
    decay: float = 0.00001
    bound: float = 1.0
    """The longest that one message's part of an update may be (Frobenius norm over both heads)."""
    messages: float = 5000.0
    """The messages of a shop that a step counts with: a guess known to all, so that no shop has to
    tell how many it has."""
    delta: float = 1e-5
    span: float = 1.0
    """Numbers of an update lie within it on either side, as secure aggregation needs them."""
    threshold: int = 3
    """Shops that have to answer to the end, or the round is refused."""
    seconds: float = 60.0
    """For each answer of a shop."""

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Of the weights of both heads, and so of each update."""
        return (self.size, len(self.intents)), (self.size, len(self.moods))

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Terms:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        intents, moods = tuple(told.pop("intents")), tuple(told.pop("moods"))
        return cls(intents, moods, **told)
