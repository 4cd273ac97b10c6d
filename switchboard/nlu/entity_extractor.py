"""Entities for Rasa, by pattern and by the catalogue's names."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from switchboard.clock import utc_now
from switchboard.nlu.message_step import MessageStep
from switchboard.rasa_services import rasa_services
from switchboard.shop.products import ProductFinder
from switchboard.text.entities import EntityReader


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityExtractor(MessageStep, EntityExtractorMixin):
    """Sets the entities of a message in their normal forms: see `switchboard.text.entities`.

    The catalogue and the policy are read at start, so that a new product needs no training.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        phrasebook = rasa_services().phrasebook
        policy = phrasebook.policy
        products = ProductFinder(phrasebook.catalogue)
        self._reader = EntityReader(
            products, policy.text("shop", "country"), policy.currency, policy.order_numbers
        )
        self._timezone = policy.timezone
        # The first of each kind loads what its library needs.
        self._reader.read("on 1 May 2020, 昨天, +353 87 555 0101, 13812345678", self._today())

    def _today(self) -> Any:
        return utc_now().astimezone(self._timezone).date()

    def judge(self, message: Message) -> None:
        """Add what the text names."""
        found = [
            {
                ENTITY_ATTRIBUTE_TYPE: entity.kind,
                ENTITY_ATTRIBUTE_START: entity.start,
                ENTITY_ATTRIBUTE_END: entity.end,
                ENTITY_ATTRIBUTE_VALUE: entity.value,
            }
            for entity in self._reader.read(message.get(TEXT) or "", self._today())
        ]
        known = message.get(ENTITIES, [])
        message.set(ENTITIES, known + self.add_extractor_name(found), add_to_output=True)
