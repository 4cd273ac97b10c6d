"""What an order system knows: orders, customers, shipments, refunds, invoices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

_NUMBER = re.compile(r"\d{4,8}")


def normal_number(text: str) -> str | None:
    """The order number in `text` (`#4711`, `TW-4711`), or None when there is none or several."""
    found = _NUMBER.findall(text[:64])
    return found[0] if len(found) == 1 else None


class OrderState(str, Enum):
    """How far an order has come."""

    PLACED = "placed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Customer:
    """Who ordered."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Item:
    """One line of an order. `returnable` is False for what hygiene or making-to-order excludes."""

    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    returnable: bool


@dataclass(frozen=True)
class Shipment:
    """A parcel on its way or arrived."""

    carrier: str
    tracking: str
    shipped_at: datetime
    expected_on: date
    delivered_at: datetime | None


class CaseKind(str, Enum):
    """What a customer can have opened on an order."""

    RETURN = "return"
    EXCHANGE = "exchange"
    DAMAGE = "damage"
    REFUND = "refund"


@dataclass(frozen=True)
class Case:
    """A return, exchange, damage report or refund request; `sku` is None for the whole order."""

    reference: str
    kind: CaseKind
    sku: str | None
    opened_at: datetime


@dataclass(frozen=True)
class Order:
    """An order as the system holds it. `version` grows with every change."""

    number: str
    version: int
    state: OrderState
    placed_at: datetime
    customer: Customer
    address: str
    items: tuple[Item, ...]
    delivery: str
    delivery_fee: Decimal
    payment: str
    paid: bool
    shipment: Shipment | None
    cases: tuple[Case, ...]

    @property
    def goods_total(self) -> Decimal:
        """The goods alone."""
        return sum((i.unit_price * i.quantity for i in self.items), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """Goods and delivery."""
        return self.goods_total + self.delivery_fee

    def item(self, sku: str) -> Item | None:
        """The line with this article number."""
        return next((i for i in self.items if i.sku == sku), None)


class RefundState(str, Enum):
    """How far a refund has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    DECLINED = "declined"


@dataclass(frozen=True)
class Refund:
    """Money on its way back."""

    reference: str
    amount: Decimal
    state: RefundState
    method: str
    requested_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class Invoice:
    """A bill and where the customer finds it."""

    number: str
    issued_on: date
    total: Decimal
    url: str


@dataclass(frozen=True)
class Receipt:
    """An act that was done. `repeated` when the same act had been done before by the same key."""

    reference: str
    repeated: bool


@dataclass(frozen=True)
class Conflict:
    """Nothing was done: the order changed since it was read."""
