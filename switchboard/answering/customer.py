"""States what is on file of a customer's order: composed of fields, without free text.

Product names come from the shop's catalogue, never from the order: an engraving or a note in an
order is written by the customer, and a statement counts as true.
"""

from __future__ import annotations

import re

from switchboard.orders.model import Item, Order
from switchboard.shop.speech import Speech
from switchboard.text.language import CHINESE

_NO_LETTER = re.compile(r"[^A-Za-z]+")
_FREE = re.compile(r"[^A-Za-z0-9-]+")


def order_statements(order: Order, speech: Speech) -> list[str]:
    """What is on file, a sentence each, without the address and the means of payment.

    The sentences are those of `order_statements` in `data/words.yml`; one that the shop does not
    have is left out.
    """
    between = "、" if speech.language == CHINESE else ", "
    facts: dict[str, object] = {
        "number": order.number,
        "items": between.join(f"{item.quantity} x {_name(item, speech)}" for item in order.items),
        "state": speech.word("states", order.state.value),
        "placed": speech.day(order.placed_at),
        "total": speech.money(order.total),
    }
    told = ["items", "state", "placed", "total"]
    if order.shipment is not None:
        shipment = order.shipment
        facts["carrier"] = _NO_LETTER.sub("", shipment.carrier)[:20]
        facts["shipped"] = speech.day(shipment.shipped_at)
        facts["expected"] = speech.day(shipment.expected_on)
        told += ["shipped"]
        if shipment.delivered_at is None:
            told += ["expected"]
        else:
            facts["delivered"] = speech.day(shipment.delivered_at)
            told += ["delivered"]
    sentences = speech.words.get("order_statements", {})
    return [
        speech.word("order_statements", name).format_map(facts)
        for name in told
        if name in sentences
    ]


def _name(item: Item, speech: Speech) -> str:
    code = _FREE.sub("", item.sku)[:20]
    return speech.catalogue.name(item.sku, f"article {code}", speech.language)
