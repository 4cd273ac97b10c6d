"""A shop's own order system over HTTP, by the contract in `openapi.yml` beside this file."""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
from typing_extensions import override

from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.observing.outside_calls import order_call
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
from switchboard.orders.order_system import CustomerQuery, OrderSystem
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal
from switchboard.orders.wire import (
    dump_act,
    dump_address,
    load_customer,
    load_customers,
    load_invoice,
    load_order,
    load_orders,
    load_product,
    load_products,
    load_quote,
    load_receipt,
    load_refunds,
)

MAX_TRIES = 3
_BUSY = frozenset({429, 502, 503, 504})
_MAX_BODY = 1_000_000


class HttpOrderSystem(OrderSystem):
    """`OrderSystem` over HTTP, contract version 2 (`http_orders_v1.py` for version 1).

    Reads are tried up to three times within `timeout` seconds; an act is sent once, with an
    idempotency key, because repeating it is the customer's decision.
    """

    def __init__(
        self,
        base_url: str,
        token: str = "",
        timeout: float = 4.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=timeout,
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=10),
            transport=transport,
        )

    @property
    @override
    def finds_customers(self) -> bool:
        return True

    @override
    async def find(self, number: str) -> Order | None:
        data = await self._read(f"/orders/{_part(number)}")
        if data is None:
            return None
        order = load_order(data)
        if order.number != number:
            raise OrderSystemWrong("another order than the one asked for")
        return order

    @override
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        given = {name: value for name, value in vars(query).items() if value}
        data = await self._read("/customers", given)
        return [] if data is None else load_customers(data)

    @override
    async def customer(self, customer_id: str) -> Customer | None:
        data = await self._read(f"/customers/{_part(customer_id)}")
        return None if data is None else load_customer(data)

    @override
    async def orders_of(self, customer_id: str) -> list[Order]:
        data = await self._read(f"/customers/{_part(customer_id)}/orders")
        return [] if data is None else load_orders(data)

    @override
    async def product(self, product_id: str) -> ProductLine | None:
        data = await self._read(f"/products/{_part(product_id)}")
        return None if data is None else load_product(data)

    @override
    async def products(self) -> list[ProductLine]:
        data = await self._read("/products")
        return [] if data is None else load_products(data)

    @override
    async def change_default_address(
        self, customer_id: str, address: PostalAddress, key: str, actor: str
    ) -> Receipt:
        headers = {"Idempotency-Key": key, "X-Actor": actor}
        path = f"/customers/{_part(customer_id)}/address"
        return load_receipt(read_body(await self._post(path, dump_address(address), headers)))

    @override
    async def quote(self, order: Order, act: Act) -> Quote | Refusal | None:
        path = f"/orders/{_part(order.number)}/quotes"
        answer = await self._post(path, dump_act(act), {})
        return None if answer.status_code == 404 else load_quote(read_body(answer))

    @override
    async def refunds(self, number: str) -> list[Refund]:
        data = await self._read(f"/orders/{_part(number)}/refunds")
        return [] if data is None else load_refunds(data)

    @override
    async def invoice(self, number: str) -> Invoice | None:
        data = await self._read(f"/orders/{_part(number)}/invoice")
        return None if data is None else load_invoice(data)

    @override
    async def perform(
        self, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        return await self._act(number, version, dump_act(act), key, actor)

    async def _act(
        self, number: str, version: str, act: dict[str, Any], key: str, actor: str
    ) -> Receipt | Conflict:
        """Send an act once."""
        headers = {"Idempotency-Key": key, "If-Match": f'"{version}"', "X-Actor": actor}
        answer = await self._post(f"/orders/{_part(number)}/acts", act, headers)
        if answer.status_code in (409, 412):
            return Conflict()
        return load_receipt(read_body(answer))

    @override
    async def close(self) -> None:
        await self._client.aclose()

    async def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> httpx.Response:
        try:
            with order_call() as call:
                asked = self._client.post(path, json=body, headers={**call.headers, **headers})
                answer = await asyncio.wait_for(asked, self._timeout)
                call.answered(answer.status_code)
                return answer
        except (httpx.HTTPError, asyncio.TimeoutError) as error:
            raise OrderSystemDown(f"order system: {type(error).__name__}") from error

    async def _read(self, path: str, query: dict[str, str] | None = None) -> Any | None:
        """GET with bounded retries inside the time limit; None for 404."""
        deadline = monotonic() + self._timeout
        failure = "no time"
        for attempt in range(MAX_TRIES):
            left = deadline - monotonic()
            if left <= 0:
                break
            try:
                with order_call() as call:
                    asked = self._client.get(path, params=query, timeout=left, headers=call.headers)
                    answer = await asyncio.wait_for(asked, left)
                    call.answered(answer.status_code)
            except (httpx.HTTPError, asyncio.TimeoutError) as error:
                failure = type(error).__name__
            else:
                if answer.status_code == 404:
                    return None
                if answer.status_code not in _BUSY:
                    return read_body(answer)
                failure = f"status {answer.status_code}"
            pause = 0.1 * 2**attempt * (1 + random.random())  # noqa: S311  spreads, guards nothing
            await asyncio.sleep(max(0.0, min(pause, deadline - monotonic())))
        raise OrderSystemDown(f"order system: {failure}")


def _part(value: str) -> str:
    """A value as one part of a path, whatever is in it."""
    return quote(value, safe="")


def read_body(answer: httpx.Response) -> Any:
    """The JSON of an answer.

    Raises:
        OrderSystemDown: a server error, or the system is busy.
        OrderSystemWrong: another status than success, too much, or no JSON.
    """
    if answer.status_code >= 500 or answer.status_code in _BUSY:
        raise OrderSystemDown(f"order system: status {answer.status_code}")
    if answer.status_code >= 300:
        raise OrderSystemWrong(f"order system: status {answer.status_code}")
    if len(answer.content) > _MAX_BODY:
        raise OrderSystemWrong("order system: an answer beyond all measure")
    try:
        return answer.json()
    except ValueError as error:
        raise OrderSystemWrong("order system: not JSON") from error
