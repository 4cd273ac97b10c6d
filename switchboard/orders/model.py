"""The model of an order system: orders, customers, shipments, refunds, invoices."""

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
    """The state of an order."""

    PLACED = "placed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Customer:
    """The customer of an order."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Item:
    """One line of an order. `returnable` is False for hygiene or made-to-order goods."""

    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    returnable: bool


@dataclass(frozen=True)
class Shipment:
    """A parcel, in transit or delivered."""

    carrier: str
    tracking: str
    shipped_at: datetime
    expected_on: date
    delivered_at: datetime | None


class CaseKind(str, Enum):
    """The kinds of order cases."""

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
    """An order. `version` grows with every change."""

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
        """The price of the goods without delivery."""
        return sum((i.unit_price * i.quantity for i in self.items), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """The price of goods and delivery."""
        return self.goods_total + self.delivery_fee

    def item(self, sku: str) -> Item | None:
        """The line with an article number, if any."""
        return next((i for i in self.items if i.sku == sku), None)


class RefundState(str, Enum):
    """The state of a refund."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    DECLINED = "declined"


@dataclass(frozen=True)
class Refund:
    """A refund."""

    reference: str
    amount: Decimal
    state: RefundState
    method: str
    requested_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class Invoice:
    """An invoice, and the address where the customer finds it."""

    number: str
    issued_on: date
    total: Decimal
    url: str


@dataclass(frozen=True)
class Receipt:
    """A completed act. `repeated`: it had been done before with the same key."""

    reference: str
    repeated: bool


@dataclass(frozen=True)
class Conflict:
    """The act was not done: the order changed since it was read."""
