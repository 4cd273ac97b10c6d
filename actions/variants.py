"""Which kinds of a product there are, and which are in stock."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.questions import ActionAnswerOpenQuestion
from actions.swaps import MOST_OFFERED, choosable, priced
from switchboard.orders.model import ProductLine
from switchboard.shop.speech import Speech


class ActionShowVariants(SafeAction):
    """Tells the kinds of the product that is named that can be had now, with their prices; without
    a product of the catalogue it is an open question."""

    @override
    def name(self) -> str:
        return "action_show_variants"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The kinds of the first product named."""
        sku = next(iter(tracker.get_latest_entity_values("product")), None)
        speech = self.speech(tracker)
        entry = speech.catalogue.by_sku.get(str(sku))
        if entry is None:
            return await ActionAnswerOpenQuestion(self._given).answer(dispatcher, tracker, domain)
        product = await self.services.orders.product(entry.sku)
        name = speech.product(entry.sku)
        if product is None:
            price = speech.money(entry.price)
            dispatcher.utter_message(response="say_variants_none", item=name, price=price)
        else:
            dispatcher.utter_message(
                response="say_variants", item=name, variants=kinds(product, speech)
            )
        return []


def kinds(product: ProductLine, speech: Speech) -> str:
    """The kinds in stock with their prices, the cheapest first."""
    by_price = sorted(choosable(product), key=lambda variant: variant.price)
    return priced(by_price[: 2 * MOST_OFFERED], speech)
