"""Describes a customer's order for a model: composed of fields, without free text.

Product names come from the shop's catalogue, never from the order: an engraving or a note in an
order is written by the customer, and the description counts as true.
"""

from __future__ import annotations

import re

from switchboard.orders.model import Item, Order
from switchboard.shop.speech import Speech

_NO_LETTER = re.compile(r"[^A-Za-z]+")
_FREE = re.compile(r"[^A-Za-z0-9-]+")


def describe_order(order: Order, speech: Speech) -> str:
    """An order in one line, without the address or the means of payment."""
    items = ", ".join(f"{item.quantity} x {_name(item, speech)}" for item in order.items)
    description = f"Order {order.number}: {items}; {order.state.value}"
    description += f"; placed {speech.day(order.placed_at)}; total {speech.money(order.total)}"
    if order.shipment is not None:
        shipment = order.shipment
        carrier = _NO_LETTER.sub("", shipment.carrier)[:20]
        description += f"; shipped {speech.day(shipment.shipped_at)} with {carrier}"
        description += f"; expected {speech.day(shipment.expected_on)}"
        if shipment.delivered_at is not None:
            description += f"; delivered {speech.day(shipment.delivered_at)}"
    return description + "."


def _name(item: Item, speech: Speech) -> str:
    code = _FREE.sub("", item.sku)[:20]
    return speech.catalogue.name(item.sku, f"article {code}", speech.language)
