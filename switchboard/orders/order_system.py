"""The port to an order system, and the idempotency key of an act."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from switchboard.orders.acts import Act
from switchboard.orders.model import (
    Conflict,
    Customer,
    Invoice,
    Order,
    ProductLine,
    Receipt,
    Refund,
)
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal


@dataclass(frozen=True)
class CustomerQuery:
    """Who is looked for: by e-mail, by phone, or by name and postcode."""

    email: str = ""
    phone: str = ""
    name: str = ""
    postcode: str = ""


class OrderSystem(Protocol):
    """The port to an order system.

    Every method may raise `OrderSystemDown` (unreachable, slow, server error) and
    `OrderSystemWrong` (an answer that violates the contract).
    """

    @property
    def finds_customers(self) -> bool:
        """Whether customers and their orders can be found without an order's number."""

    async def find(self, number: str) -> Order | None:
        """The order, or None."""

    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        """The customers that fit, none where the system cannot look for them."""

    async def customer(self, customer_id: str) -> Customer | None:
        """A customer with address and means of payment, or None."""

    async def orders_of(self, customer_id: str) -> list[Order]:
        """A customer's orders, newest first."""

    async def product(self, product_id: str) -> ProductLine | None:
        """A product with its variants, or None."""

    async def products(self) -> list[ProductLine]:
        """All products with their variants; none where the system does not tell them."""

    async def change_default_address(
        self, customer_id: str, address: PostalAddress, key: str, actor: str
    ) -> Receipt:
        """Keep an address as the customer's own, once; a repeated `key` returns the first receipt.

        Raises:
            OrderSystemWrong: there is no such customer, or the system keeps no addresses.
        """

    async def refunds(self, number: str) -> list[Refund]:
        """The refunds of an order, newest first; empty for an unknown order."""

    async def invoice(self, number: str) -> Invoice | None:
        """The invoice of an order, or None while there is none."""

    async def quote(self, order: Order, act: Act) -> Quote | Refusal | None:
        """What the act would cost, or why it is not allowed, as the system says; None where it says
        nothing and the shop's policy decides."""

    async def perform(
        self, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        """Do `act` once.

        The order must still have `version`, else nothing is done (`Conflict`). A repeated `key`
        returns the first receipt. `actor` is recorded in the audit trail.
        """

    async def close(self) -> None:
        """Close the connections."""


async def with_choices(orders: OrderSystem, order: Order) -> Order:
    """The order with what the customer may choose among: its products' variants, and the means of
    payment on file."""
    ids = list(dict.fromkeys(item.product_id for item in order.items if item.product_id))
    products, customer = await asyncio.gather(
        asyncio.gather(*(orders.product(product_id) for product_id in ids)),
        _customer_of(orders, order),
    )
    by_id = dict(zip(ids, products, strict=True))
    items = tuple(replace(item, product=by_id.get(item.product_id)) for item in order.items)
    return replace(order, items=items, customer=customer)


async def _customer_of(orders: OrderSystem, order: Order) -> Customer:
    known = await orders.customer(order.customer.id) if order.customer.id else None
    return known or order.customer


def customer_key(actor: str, customer_id: str, what: str) -> str:
    """The same for what is changed of a customer and of no order."""
    return hashlib.sha256(f"{actor}|{customer_id}|{what}".encode()).hexdigest()[:40]


def act_key(actor: str, number: str, version: str, act: Act) -> str:
    """The idempotency key of an act: equal for a repeated yes, new after the order changed."""
    return hashlib.sha256(f"{actor}|{number}|{version}|{act!r}".encode()).hexdigest()[:40]
