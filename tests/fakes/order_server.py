"""A shop's order system that keeps the contract, on loopback, with scripted faults."""

from __future__ import annotations

import asyncio
import time

from switchboard.errors import OrderSystemWrong
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.orders.model import Conflict
from switchboard.orders.wire import dump, load_act
from tests.fakes.http import FakeServer


class FakeOrderSystem(FakeServer):
    """`fault`: None, slow, broken, not_json, wrong_shape, other_order, flaky (fails twice)."""

    def __init__(self, book: SqliteOrderSystem, token: str = "secret") -> None:
        super().__init__()
        self.book, self.token = book, token
        self.fault: str | None = None
        self.delay = 5.0
        self._flaky = 0

    def answer(self, method, path, headers, body):
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": "unauthorized"}, {}
        if self.fault == "slow":
            time.sleep(self.delay)
        if self.fault == "broken":
            return 500, {"error": "oops"}, {}
        if self.fault == "not_json":
            return 200, b"<html>", {}
        if self.fault == "wrong_shape":
            return 200, {"number": "4711"}, {}
        if self.fault == "flaky" and self._flaky < 2:
            self._flaky += 1
            return 503, {"error": "busy"}, {}
        return asyncio.run(self._route(method, path.strip("/").split("/"), headers, body))

    async def _route(self, method, parts, headers, body):
        number = parts[1]
        if self.fault == "other_order":
            number = "4712"
        order = await self.book.find(number)
        if order is None:
            return 404, {"error": "not found"}, {}
        if method == "GET" and len(parts) == 2:
            return 200, dump(order), {}
        if method == "GET" and parts[2] == "refunds":
            return 200, {"refunds": [dump(r) for r in await self.book.refunds(number)]}, {}
        if method == "GET" and parts[2] == "invoice":
            invoice = await self.book.invoice(number)
            return (200, dump(invoice), {}) if invoice else (404, {"error": "none"}, {})
        return await self._act(number, headers, body)

    async def _act(self, number, headers, body):
        import json

        try:
            act = load_act(json.loads(body))
        except (OrderSystemWrong, ValueError):
            return 422, {"error": "not an act"}, {}
        version = int(headers["if-match"].strip('"'))
        done = await self.book.perform(
            number, version, act, headers["idempotency-key"], headers.get("x-actor", "")
        )
        if isinstance(done, Conflict):
            return 409, {"error": "changed"}, {}
        return (200 if done.repeated else 201), dump(done), {}
