"""A shop's own order system over HTTP, by the contract in `openapi.yml` beside this file."""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import Any

import httpx
from typing_extensions import override

from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.orders.acts import Act
from switchboard.orders.model import Conflict, Invoice, Order, Receipt, Refund
from switchboard.orders.order_system import OrderSystem
from switchboard.orders.wire import (
    dump_act,
    load_invoice,
    load_order,
    load_receipt,
    load_refunds,
)

MAX_TRIES = 3
_BUSY = frozenset({429, 502, 503, 504})
_MAX_BODY = 1_000_000


class HttpOrderSystem(OrderSystem):
    """`OrderSystem` over HTTP.

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

    @override
    async def find(self, number: str) -> Order | None:
        data = await self._read(f"/orders/{number}")
        if data is None:
            return None
        order = load_order(data)
        if order.number != number:
            raise OrderSystemWrong("another order than the one asked for")
        return order

    @override
    async def refunds(self, number: str) -> list[Refund]:
        data = await self._read(f"/orders/{number}/refunds")
        return [] if data is None else load_refunds(data)

    @override
    async def invoice(self, number: str) -> Invoice | None:
        data = await self._read(f"/orders/{number}/invoice")
        return None if data is None else load_invoice(data)

    @override
    async def perform(
        self, number: str, version: int, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        headers = {"Idempotency-Key": key, "If-Match": f'"{version}"', "X-Actor": actor}
        try:
            answer = await asyncio.wait_for(
                self._client.post(f"/orders/{number}/acts", json=dump_act(act), headers=headers),
                self._timeout,
            )
        except (httpx.HTTPError, asyncio.TimeoutError) as error:
            raise OrderSystemDown(f"order system: {type(error).__name__}") from error
        if answer.status_code in (409, 412):
            return Conflict()
        return load_receipt(_body(answer))

    @override
    async def close(self) -> None:
        await self._client.aclose()

    async def _read(self, path: str) -> Any | None:
        """GET with bounded retries inside the time limit; None for 404."""
        deadline = monotonic() + self._timeout
        failure = "no time"
        for attempt in range(MAX_TRIES):
            left = deadline - monotonic()
            if left <= 0:
                break
            try:
                answer = await asyncio.wait_for(self._client.get(path, timeout=left), left)
            except (httpx.HTTPError, asyncio.TimeoutError) as error:
                failure = type(error).__name__
            else:
                if answer.status_code == 404:
                    return None
                if answer.status_code not in _BUSY:
                    return _body(answer)
                failure = f"status {answer.status_code}"
            pause = 0.1 * 2**attempt * (1 + random.random())  # noqa: S311  spreads, guards nothing
            await asyncio.sleep(max(0.0, min(pause, deadline - monotonic())))
        raise OrderSystemDown(f"order system: {failure}")


def _body(answer: httpx.Response) -> Any:
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
