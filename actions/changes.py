"""Changing quantities and the delivery address of an order."""

from __future__ import annotations

import re

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEM, Detail, OrderTask, Wish, read_quantity
from switchboard.orders.changes import ChangeAddress, ChangeItem, assess_address, assess_change
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.speech import Speech
from switchboard.text.language import has_han
from switchboard.text.words import split_words


@order_skill
class ChangeOrder(OrderTask):
    """Change or remove one line of an order."""

    name = "change_order"
    refusals = ("too_late", "cancelled", "last_item", "same_quantity")
    answers = ("exchange_item", "place_order")
    details = (
        ITEM,
        Detail("change_order_quantity", read_quantity, "say_change_order_quantity_invalid"),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_change(order, wish.get("order_item"), wish.get("change_order_quantity"))

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        return "_more" if quote.refund < 0 else "_fewer"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ChangeItem:
        return ChangeItem(str(wish["order_item"]), int(wish["change_order_quantity"]))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        item = order.item(str(wish.get("order_item")))
        return {
            **super().facts(order, wish, quote, speech),
            "old_quantity": str(item.quantity) if item else "",
            "new_quantity": str(wish.get("change_order_quantity")),
            "difference": speech.money(abs(quote.refund)),
        }


def read_address(text: str, _order: Order, _speech: Speech) -> str | None:
    """A postal address on one line: long enough, with a number and at least two words."""
    address = " ".join(text.split())
    words = [word for word in split_words(address) if len(word.text) > 1 and word.text[0].isalpha()]
    long_enough = 8 if has_han(address) else 10
    if not long_enough <= len(address) <= 200 or len(words) < 2 or not re.search(r"\d", address):
        return None
    return address


@order_skill
class ChangeShippingAddress(OrderTask):
    """Change the delivery address of an order."""

    name = "change_shipping_address"
    refusals = ("too_late", "cancelled")
    answers = ("edit_account", "set_up_shipping_address")
    details = (
        Detail("change_shipping_address_new", read_address, "say_change_shipping_address_invalid"),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_address(order)

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ChangeAddress:
        return ChangeAddress(str(wish["change_shipping_address_new"]))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        return {
            **super().facts(order, wish, quote, speech),
            "new_address": str(wish.get("change_shipping_address_new")),
        }
