"""The adapter for order systems that keep version 1 of the contract (`openapi_v1.yml`)."""

from __future__ import annotations

from typing_extensions import override

from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.orders.acts import Act
from switchboard.orders.http_orders import HttpOrderSystem
from switchboard.orders.model import Conflict, Customer, Order, ProductLine, Receipt
from switchboard.orders.order_system import CustomerQuery
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal
from switchboard.orders.wire_v1 import acts_of_version_1


class FirstVersionOrderSystem(HttpOrderSystem):
    """`OrderSystem` over HTTP, contract version 1: orders by number alone, one change at a time.

    What it cannot say is said to be unknown: it finds no customers and no variants, and leaves the
    price of an act to the shop's policy.
    """

    @property
    @override
    def finds_customers(self) -> bool:
        return False

    @override
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        return []

    @override
    async def customer(self, customer_id: str) -> Customer | None:
        return None

    @override
    async def orders_of(self, customer_id: str) -> list[Order]:
        return []

    @override
    async def product(self, product_id: str) -> ProductLine | None:
        return None

    @override
    async def products(self) -> list[ProductLine]:
        return []

    @override
    async def change_default_address(
        self, customer_id: str, address: PostalAddress, key: str, actor: str
    ) -> Receipt:
        raise OrderSystemWrong("contract version 1 keeps no addresses of customers")

    @override
    async def quote(self, order: Order, act: Act) -> Quote | Refusal | None:
        return None

    @override
    async def perform(
        self, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        """An act on several lines is sent line by line, each on the version that is left.

        If one fails after others were done, what is done stays: the customer is told that it is
        uncertain, and a repetition does only what is missing.
        """
        order = await self.find(number)
        if order is None:
            return Conflict()
        first: Receipt | None = None
        for index, part in enumerate(acts_of_version_1(act, order)):
            part_key = f"{key[:60]}-{index}" if index else key
            done = await self._act(number, version, part, part_key, actor)
            if isinstance(done, Conflict):
                if first is None:
                    return done
                raise OrderSystemDown("order system: changed while several acts were done")
            first = first or done
            after = await self.find(number)
            version = version if after is None else after.version
        return first or Conflict()
