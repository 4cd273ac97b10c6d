"""The model of an order system: orders, customers, shipments, refunds, invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from switchboard.orders.postal import PostalAddress

BETWEEN_LINES = "|"
_TIMES = "×"


class OrderState(str, Enum):
    """The state of an order."""

    PLACED = "placed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class PaymentMethod:
    """A means of payment on file. `kind` is a code (`card`, `paypal`, `gift_card`), `label` what
    tells it from another of its kind (`visa 1234`), `balance` what a gift card holds."""

    id: str
    kind: str
    label: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True)
class Customer:
    """A customer. `id` is the order system's own; empty where it tells none, and then nothing can
    be asked about the customer but the order at hand."""

    name: str
    email: str
    phone: str
    id: str = ""
    postcode: str = ""
    address: PostalAddress | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()

    def payment_method(self, id: str | None) -> PaymentMethod | None:
        """One of the means of payment, if it is on file."""
        return next((method for method in self.payment_methods if method.id == id), None)


@dataclass(frozen=True)
class Variant:
    """One kind of a product that can be bought: `options` such as colour and size by name. `stock`
    is None where the system does not count it."""

    sku: str
    options: Mapping[str, str]
    price: Decimal
    available: bool = True
    stock: int | None = None


@dataclass(frozen=True)
class ProductLine:
    """A product with its variants."""

    id: str
    name: str
    variants: tuple[Variant, ...]

    def variant(self, sku: str) -> Variant | None:
        """The variant with an article number, if any."""
        return next((v for v in self.variants if v.sku == sku), None)


@dataclass(frozen=True)
class Item:
    """One line of an order. `returnable` is False for hygiene or made-to-order goods; `id` tells
    lines of the same article apart, and is the article number where the system has none;
    `product_id` leads to its variants, empty where there are none."""

    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    returnable: bool
    id: str = ""
    product_id: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    product: ProductLine | None = None
    """Its variants, where they have been looked up (`order_system.with_choices`)."""

    @property
    def line(self) -> str:
        """What names this line among those of the order."""
        return self.id or self.sku


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
    """A return, exchange, damage report or refund request; `sku` is None for the whole order.

    `withdrawable`: whether its customer can still take it back; no where the system does not tell.
    """

    reference: str
    kind: CaseKind
    sku: str | None
    opened_at: datetime
    withdrawable: bool = False


@dataclass(frozen=True)
class Order:
    """An order. `version` is another after every change.

    `charged` and `discount` are as the system says; `allows` are the types of the acts that it
    would accept now, None where it does not tell and the shop's policy alone decides.
    """

    number: str
    version: str
    state: OrderState
    placed_at: datetime
    customer: Customer
    address: PostalAddress
    items: tuple[Item, ...]
    delivery: str
    delivery_fee: Decimal
    payment: str
    paid: bool
    shipment: Shipment | None
    cases: tuple[Case, ...]
    payment_method: str = ""
    charged: Decimal | None = None
    discount: Decimal = Decimal("0.00")
    allows: frozenset[str] | None = None

    @property
    def goods_total(self) -> Decimal:
        """The price of the goods without delivery."""
        return sum((i.unit_price * i.quantity for i in self.items), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """What the customer pays: as the system says, else goods and delivery less the discount."""
        if self.charged is not None:
            return self.charged
        return self.goods_total + self.delivery_fee - self.discount

    def item(self, line: str) -> Item | None:
        """The line of this name, or else the first with this article or product, if any."""
        if not line:
            return None
        named = next((i for i in self.items if i.line == line), None)
        return named or next((i for i in self.items if line in (i.sku, i.product_id)), None)

    def lines(self, names: str | None) -> tuple[Item, ...]:
        """The lines that a choice names (`choice`), in the order of their naming; with the quantity
        chosen, where that is a part of the line."""
        found = (self._part(name) for name in (names or "").split(BETWEEN_LINES))
        return tuple(item for item in found if item is not None)

    def _part(self, name: str) -> Item | None:
        whole = self.item(name)
        line, _, count = name.rpartition(_TIMES)
        if whole is not None or not (count.isascii() and count.isdigit()):
            return whole
        whole = self.item(line)
        some = whole is not None and 0 < int(count[:4]) <= whole.quantity
        return replace(whole, quantity=int(count)) if whole and some else None

    def choice(self, items: Iterable[Item]) -> str:
        """Lines, or parts of them, in one value, as slots and buttons carry them."""
        whole = {item.line: item.quantity for item in self.items}
        return BETWEEN_LINES.join(
            item.line
            if item.quantity == whole.get(item.line)
            else f"{item.line}{_TIMES}{item.quantity}"
            for item in items
        )

    def is_all(self, items: Iterable[Item]) -> bool:
        """Whether these are all lines of the order, each as a whole."""
        return {(i.line, i.quantity) for i in items} == {(i.line, i.quantity) for i in self.items}


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
