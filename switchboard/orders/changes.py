"""Changing quantities and the address of an order: rules and acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, ShopFloor
from switchboard.orders.model import Order, OrderState
from switchboard.orders.rules import Assessment, Quote, Refusal


@dataclass(frozen=True)
class ChangeItem(Act):
    """Set the quantity of one line; 0 removes it."""

    type: ClassVar[str] = "change_item"

    sku: str
    quantity: int

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_quantity(self.sku, self.quantity)
        return floor.new_reference("C")


@dataclass(frozen=True)
class ChangeAddress(Act):
    """Set the delivery address."""

    type: ClassVar[str] = "change_address"

    address: str

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.set_address(self.address)
        return floor.new_reference("C")


def assess_change(order: Order, sku: str | None, quantity: int | None) -> Assessment:
    """Allowed before packing; the last line cannot be removed (that is a cancellation)."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state is OrderState.DELIVERED:
        return Refusal("delivered")
    if order.state is not OrderState.PLACED:
        return Refusal("packed" if order.state is OrderState.PACKED else "shipped")
    item = order.item(sku) if sku else None
    if item is None or quantity is None:
        return Quote()
    if quantity == item.quantity:
        return Refusal("same_quantity")
    if quantity == 0 and len(order.items) == 1:
        return Refusal("last_item")
    return Quote(refund=(item.quantity - quantity) * item.unit_price)


def assess_address(order: Order) -> Assessment:
    """Allowed until the parcel is shipped."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
        return Refusal(order.state.value)
    return Quote()
