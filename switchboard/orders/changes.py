"""Changing quantities and the address of an order: rules and acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, LineChange, ShopFloor
from switchboard.orders.model import Item, Order, OrderState
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import ZERO, Assessment, Quote, Refusal


@dataclass(frozen=True)
class ChangeItems(Act):
    """Put other articles or quantities in place of lines, all at once. A difference is paid or paid
    back by `payment_method`, the order's own where it is empty."""

    type: ClassVar[str] = "change_items"

    changes: tuple[LineChange, ...]
    payment_method: str = ""

    @override
    def apply(self, floor: ShopFloor) -> str:
        for change in self.changes:
            floor.set_article(change.line, change.sku)
            floor.set_quantity(change.line, change.quantity)
        return floor.new_reference("C")


@dataclass(frozen=True)
class ChangeAddress(Act):
    """Set the delivery address of the order."""

    type: ClassVar[str] = "change_address"

    address: PostalAddress

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_address(self.address)
        return floor.new_reference("C")


@dataclass(frozen=True)
class ChangePayment(Act):
    """Pay for the order by another of the customer's means of payment."""

    type: ClassVar[str] = "change_payment"

    payment_method: str

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_payment(self.payment_method)
        return floor.new_reference("C")


def assess_change(order: Order, sku: str | None, quantity: int | None) -> Assessment:
    """Allowed before packing; the last line cannot be removed (that is a cancellation)."""
    item = order.item(sku or "")
    refusal = _refuse_change(order)
    if refusal or item is None or quantity is None:
        return refusal or Quote()
    if quantity == item.quantity:
        return Refusal("same_quantity")
    if quantity == 0 and len(order.items) == 1:
        return Refusal("last_item")
    return Quote(refund=(item.quantity - quantity) * item.unit_price)


def assess_taking_out(order: Order, items: Sequence[Item]) -> Assessment:
    """The same for lines, or parts of them, that are no longer wanted."""
    worth = sum((item.quantity * item.unit_price for item in items), ZERO)
    return _refuse_change(order) or Quote(refund=worth)


def _refuse_change(order: Order) -> Refusal | None:
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state is OrderState.DELIVERED:
        return Refusal("delivered")
    if order.state is OrderState.PACKED:
        return Refusal("packed")
    return Refusal("shipped") if order.state is OrderState.SHIPPED else None


def assess_address(order: Order) -> Assessment:
    """Allowed until the parcel is shipped."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
        return Refusal(order.state.value)
    return Quote()


def assess_change_payment(order: Order, method: str | None) -> Assessment:
    """Allowed before packing, for another means of payment than the order's."""
    if order.state is not OrderState.PLACED:
        return Refusal(order.state.value)
    if order.customer.id and len(order.customer.payment_methods) == 1:
        return Refusal("none_on_file")
    return Refusal("same_method") if method and method == order.payment_method else Quote()
