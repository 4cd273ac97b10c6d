"""Entities by pattern and by the catalogue's names, one reading for each stretch of text."""

from __future__ import annotations

import re
import warnings
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.regex_entity_extractor import RegexEntityExtractor
from rasa.nlu.utils import pattern_utils
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# Rasa recognises its own extractor by identity, and says of a subclass that nothing uses the
# patterns and lookup tables.
for _what in ("with regexes", "consisting of lookup tables"):
    warnings.filterwarnings("ignore", message=f"You have defined training data {_what}")

PRIORITY = ("email", "date", "amount", "phone", "product", "order_number")
"""Where two readings overlap, the earlier entity wins: the digits of a phone are no order."""
MAX_CHARACTERS = 2000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityExtractor(RegexEntityExtractor):
    """Rasa's regex extractor without its overlaps.

    Patterns and lookup tables come from `data/nlu/entities.yml` in Rasa's own format. An
    order number's value is its digits; all other values are the customer's text. Only the
    first 2,000 characters of a message are read.
    """

    def train(self, training_data: TrainingData) -> Resource:
        """Collect every pattern, also of entities that no example is annotated with."""
        self.patterns = pattern_utils.extract_patterns(
            training_data, use_only_entities=False, use_word_boundaries=True
        )
        self.persist()
        return self._resource

    def _extract_entities(self, message: Message) -> list[dict[str, Any]]:
        short = Message(data={TEXT: (message.get(TEXT) or "")[:MAX_CHARACTERS]})
        found = super()._extract_entities(short)
        found.sort(key=lambda e: (PRIORITY.index(e["entity"]), e["start"] - e["end"]))
        kept: list[dict[str, Any]] = []
        for entity in found:
            if all(entity["end"] <= k["start"] or entity["start"] >= k["end"] for k in kept):
                kept.append(entity)
        for entity in kept:
            if entity["entity"] == "order_number":
                entity["value"] = re.sub(r"\D", "", entity["value"])
        return sorted(kept, key=lambda entity: int(entity["start"]))
