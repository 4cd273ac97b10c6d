"""What shall come in place of the lines of an order: read over several messages, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from actions.order_task import Detail, read_text
from switchboard.orders.acts import LineChange
from switchboard.orders.model import BETWEEN_LINES, Item, Order, ProductLine, Variant
from switchboard.orders.rules import Quote
from switchboard.shop.speech import Speech

WANTED = Detail("exchange_item_wanted", read_text, "say_order_item_unknown")
"""What is wanted instead: line by line an article (`join_wanted`), or any words."""
LINES = "order_swaps"
"""The slot for what was settled so far: article numbers by line."""
_IS = "="
MOST_OFFERED = 6


def join_wanted(chosen: Mapping[str, str], lines: Iterable[str]) -> str:
    """The articles for lines in one value, as a slot carries them."""
    return BETWEEN_LINES.join(f"{line}{_IS}{chosen[line]}" for line in lines)


def read_wanted(value: str) -> list[tuple[str, str]]:
    """The (line, article) pairs of such a value; none of other words."""
    pairs = [part.split(_IS) for part in value.split(BETWEEN_LINES)]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def swap_facts(
    order: Order, changes: Sequence[LineChange], quote: Quote, speech: Speech
) -> dict[str, str]:
    """The facts for the texts: what for what, and the difference."""
    swaps = []
    for change in changes:
        item = order.item(change.line)
        if item is not None:
            some = replace(item, quantity=change.quantity)
            swaps.append(f"{_described(some, speech)} → {_article(item, change.sku, speech)}")
    return {"swaps": "; ".join(swaps), "difference": speech.money(abs(quote.refund))}


def _described(item: Item, speech: Speech) -> str:
    options = speech.options(item.options)
    return f"{speech.pieces(item)} ({options})" if options else speech.pieces(item)


def _article(item: Item, sku: str, speech: Speech) -> str:
    variant = item.product.variant(sku) if item.product else None
    return speech.options(variant.options) if variant else sku


def offered(item: Item, variants: Sequence[Variant], speech: Speech) -> dict[str, object]:
    """The facts and buttons of the question which variant of an item is wanted."""
    shown = variants[:MOST_OFFERED]
    buttons = [
        {"title": speech.options(v.options), "payload": f'/inform{{"variant": "{v.sku}"}}'}
        for v in shown
    ]
    return {
        "item": _described(item, speech),
        "variants": priced(shown, speech),
        "buttons": buttons,
    }


def priced(variants: Sequence[Variant], speech: Speech) -> str:
    """Variants with their prices in one phrase."""
    return "; ".join(f"{speech.options(v.options)} ({speech.money(v.price)})" for v in variants)


def choosable(product: ProductLine | None) -> list[Variant]:
    """The variants that can be had now."""
    return [v for v in product.variants if v.available] if product else []
