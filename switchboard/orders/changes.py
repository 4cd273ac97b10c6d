"""Changing what was ordered, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, ShopFloor
from switchboard.orders.model import Order, OrderState
from switchboard.orders.rules import Assessment, Quote, Refusal


@dataclass(frozen=True)
class ChangeItem(Act):
    """Set the quantity of one line; 0 takes it out."""

    type: ClassVar[str] = "change_item"

    sku: str
    quantity: int

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_quantity(self.sku, self.quantity)
        return floor.new_reference("C")


@dataclass(frozen=True)
class ChangeAddress(Act):
    """Send the order elsewhere."""

    type: ClassVar[str] = "change_address"

    address: str

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_address(self.address)
        return floor.new_reference("C")


def assess_change(order: Order, sku: str | None, quantity: int | None) -> Assessment:
    """Only before packing; an order cannot be emptied (that is a cancellation)."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state is not OrderState.PLACED:
        return Refusal("too_late")
    item = order.item(sku) if sku else None
    if item is None or quantity is None:
        return Quote()
    if quantity == item.quantity:
        return Refusal("same_quantity")
    if quantity == 0 and len(order.items) == 1:
        return Refusal("last_item")
    return Quote(refund=(item.quantity - quantity) * item.unit_price)


def assess_address(order: Order) -> Assessment:
    """Until the parcel leaves."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
        return Refusal("too_late")
    return Quote()
