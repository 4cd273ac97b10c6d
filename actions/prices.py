"""What products cost in the shop, from its catalogue."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from switchboard.orders.order_details import asks_shop_price
from switchboard.shop.speech import Speech


def tell_shop_price(dispatcher: CollectingDispatcher, tracker: Tracker, speech: Speech) -> bool:
    """What a product costs in the shop, where a message asks that; whether it did."""
    text = str(tracker.latest_message.get("text") or "")
    skus = [str(sku) for sku in tracker.get_latest_entity_values("product")]
    entries = [speech.catalogue.by_sku[sku] for sku in skus if sku in speech.catalogue.by_sku]
    named = next(tracker.get_latest_entity_values("order_number"), None)
    if not entries or named or not asks_shop_price(text):
        return False
    for entry in entries[:3]:
        dispatcher.utter_message(
            response="say_product_price",
            item=speech.product(entry.sku),
            price=speech.money(entry.price),
        )
    return True
