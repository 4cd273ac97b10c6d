"""Changing quantities and the delivery address of an order."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEM, Detail, OrderTask, Wish, read_how_many
from switchboard.orders.acts import LineChange
from switchboard.orders.changes import ChangeAddress, ChangeItems, assess_address, assess_change
from switchboard.orders.model import Order
from switchboard.orders.postal import split_address
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.speech import Speech
from switchboard.text.addresses import find_address, read_address
from switchboard.text.quantities import find_quantity


def new_quantity(order: Order, wish: Wish) -> int | None:
    """How many of the item there shall be; None while that is not known."""
    item, wanted = order.item(str(wish.get("order_item"))), wish.get("change_order_quantity")
    return None if item is None or wanted is None else wanted.of(item.quantity)


@order_skill
class ChangeOrder(OrderTask):
    """Change or remove one line of an order; another variant is `ExchangeItem`'s to give."""

    name = "change_order"
    acts = (ChangeItems,)
    refusals = ("packed", "shipped", "delivered", "cancelled", "last_item", "same_quantity")
    details = (
        ITEM,
        Detail(
            "change_order_quantity",
            read_how_many,
            "say_change_order_quantity_invalid",
            find_quantity,
        ),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_change(order, wish.get("order_item"), new_quantity(order, wish))

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        return "_more" if quote.refund < 0 else "_fewer"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ChangeItems:
        item = order.lines(wish["order_item"])[0]
        return ChangeItems((LineChange(item.line, item.sku, new_quantity(order, wish) or 0),))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        item = order.item(str(wish.get("order_item")))
        return {
            **super().facts(order, wish, quote, speech),
            "old_quantity": str(item.quantity) if item else "",
            "new_quantity": str(new_quantity(order, wish)),
            "difference": speech.money(abs(quote.refund)),
        }


def read_new_address(text: str, _order: Order, _speech: Speech) -> str | None:
    """A postal address on one line."""
    return read_address(text)


@order_skill
class ChangeShippingAddress(OrderTask):
    """Change the delivery address of an order."""

    name = "change_shipping_address"
    acts = (ChangeAddress,)
    refusals = ("shipped", "delivered", "cancelled")
    details = (
        Detail(
            "change_shipping_address_new",
            read_new_address,
            "say_change_shipping_address_invalid",
            find_address,
        ),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_address(order)

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ChangeAddress:
        return ChangeAddress(split_address(str(wish["change_shipping_address_new"])))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        return {
            **super().facts(order, wish, quote, speech),
            "new_address": str(wish.get("change_shipping_address_new")),
        }
