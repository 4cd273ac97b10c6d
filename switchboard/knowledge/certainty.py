"""How sure a search is that a passage answers a question: a logistic regression on its hits.

The score alone does not tell: "does the moka pot work on induction" is near to the article on moka
pots, which does not say. What tells more is whether the passage has the question's other words, and
whether the question is nearer to those that the shop listed as unanswerable. A long message, with a
story around its question, has lower scores, so its length counts too. `switchboard train` fits the
weights on the shop's question sets (`data/questions/`); without them those below hold.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from switchboard.embedding.encoder import Encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.knowledge.index import MAX_QUESTION, Hit
from switchboard.knowledge.terms import Rarity, telling_words, words
from switchboard.project import PROJECT
from switchboard.shop.catalogue import Catalogue
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import SPOKEN
from switchboard.text.normal import plain_text

logger = logging.getLogger(__name__)

WEIGHTS = PROJECT / "models" / "certainty.json"
FEATURES = ("score", "margin", "covered", "nearer", "length")
ENOUGH = 0.5
"""From this probability on, a passage is offered as the answer."""
NEAR = 0.02
"""From this probability on, it is worth suggesting."""
SECOND = 0.2
"""A second passage as likely as this is told beside the first."""


USUAL = 0.5
"""How near a question is to an unanswerable one on average: where the shop has listed none."""


@dataclass(frozen=True)
class CertaintyWeights:
    """Of the features, in the order of `FEATURES`, and the constant."""

    features: tuple[float, ...] = (-1.05, 12.94, 2.18, 14.32, 1.40)
    constant: float = -5.57

    def probability(self, values: Sequence[float]) -> float:
        """That a passage with these features answers the question."""
        total = self.constant + sum(w * v for w, v in zip(self.features, values, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def write(self, path: Path = WEIGHTS) -> None:
        """Store the weights for the processes that search."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def load_weights(path: Path = WEIGHTS) -> CertaintyWeights:
    """The trained weights, else those of the demo shop."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        features = tuple(float(weight) for weight in raw["features"])
        if len(features) == len(FEATURES):
            return CertaintyWeights(features, float(raw["constant"]))
        logger.warning("%s is of another version: `switchboard train` writes it anew", path.name)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.error("%s cannot be read: %s", path.name, place_of(error))
    return CertaintyWeights()


def read_unanswerable(folder: Path) -> list[str]:
    """The questions of all languages that the shop listed as unanswerable.

    Raises:
        ConfigurationError: the file is not lists by language.
    """
    path = folder / "unanswerable.yml"
    if not path.exists():
        return []
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        return [str(text) for code in SPOKEN for text in raw.get(code) or ()]
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from error


class Certainty:
    """Judges the hits of searches."""

    def __init__(
        self,
        encoder: Encoder,
        catalogue: Catalogue,
        unanswerable: Sequence[str] = (),
        weights: CertaintyWeights | None = None,
    ) -> None:
        self._encoder = encoder
        self._weights = load_weights() if weights is None else weights
        self._unanswerable = list(unanswerable)
        self._vectors = encode_stored(encoder, self._unanswerable) if unanswerable else None
        names = (name for p in catalogue.entries for name in (*p.names.values(), *p.also))
        self._product_words = {word for name in names for word in words(name)}

    def judged(self, question: str, hits: Sequence[Hit], rarity: Rarity) -> list[Hit]:
        """The hits with the probability that each answers the question."""
        features = self.features(question, hits, rarity)
        return [
            replace(hit, sure=self._weights.probability(values))
            for hit, values in zip(hits, features, strict=True)
        ]

    def features(
        self, question: str, hits: Sequence[Hit], rarity: Rarity, itself: bool = True
    ) -> list[tuple[float, ...]]:
        """The features of each hit, in the order of `FEATURES`.

        Without `itself`, a question of the unanswerable ones is compared with the others only: the
        weights are fitted on these.
        """
        asked = [word for word in words(question[:MAX_QUESTION]) if word not in self._product_words]
        total = rarity.total(asked)
        far = self._nearest_unanswerable(question, itself)
        length = math.log1p(len(asked))
        found: list[tuple[float, ...]] = []
        for hit in hits:
            rival = max((h.score for h in hits if h.passage.title != hit.passage.title), default=0)
            held = telling_words(hit.passage)
            known = sum(rarity.of(word) for word in asked if word in held)
            covered = known / total if total else 1.0
            found.append((hit.score, hit.score - rival, covered, hit.cosine - far, length))
        return found

    def _nearest_unanswerable(self, question: str, itself: bool) -> float:
        """The cosine of the nearest question that the shop listed as unanswerable."""
        if self._vectors is None:
            return USUAL
        vector = self._encoder.vector(plain_text(question[:MAX_QUESTION]))
        cosines = self._vectors @ vector
        if not itself:
            cosines = cosines[[text != question for text in self._unanswerable]]
        return float(np.max(cosines, initial=0.0))
