"""A shop's order system that keeps the contract, on loopback, with scripted faults."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import parse_qs

from switchboard.errors import OrderSystemWrong
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.orders.model import Conflict
from switchboard.orders.order_system import CustomerQuery
from switchboard.orders.wire import dump, load_act, load_address
from tests.fakes.http import FakeServer


class FakeOrderSystem(FakeServer):
    """`fault`: None, slow, broken, not_json, wrong_shape, other_order, flaky (fails twice)."""

    def __init__(self, book: SqliteOrderSystem, token: str = "secret") -> None:
        super().__init__()
        self.book, self.token = book, token
        self.fault: str | None = None
        self.version = 2
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
        path, _, query = path.partition("?")
        self.query = {key: values[0] for key, values in parse_qs(query).items()}
        return asyncio.run(self._route(method, path.strip("/").split("/"), headers, body))

    async def _route(self, method, parts, headers, body):
        if self.version == 1 and parts[0] != "orders":
            return 404, {"error": "no such path in version 1"}, {}
        if parts[0] == "customers" and method == "POST":
            kept = await self.book.change_default_address(
                parts[1], load_address(json.loads(body)), headers["idempotency-key"], ""
            )
            return (200 if kept.repeated else 201), dump(kept), {}
        if parts[0] == "customers":
            return await self._customers(parts)
        if parts == ["products"]:
            found = await self.book.products()
            return 200, {"products": [dump(product) for product in found]}, {}
        if parts[0] == "products":
            product = await self.book.product(parts[1])
            return (200, dump(product), {}) if product else (404, {"error": "not found"}, {})
        number = parts[1]
        if self.fault == "other_order":
            number = "4712"
        order = await self.book.find(number)
        if order is None:
            return 404, {"error": "not found"}, {}
        if method == "GET" and len(parts) == 2:
            return 200, dump(order) if self.version == 2 else _as_version_1(dump(order)), {}
        if method == "GET" and parts[2] == "refunds":
            return 200, {"refunds": [dump(r) for r in await self.book.refunds(number)]}, {}
        if method == "GET" and parts[2] == "invoice":
            invoice = await self.book.invoice(number)
            return (200, dump(invoice), {}) if invoice else (404, {"error": "none"}, {})
        if parts[2] == "quotes":
            return 404, {"error": "the policy decides"}, {}
        return await self._act(number, headers, body)

    async def _customers(self, parts):
        if len(parts) == 1:
            found = await self.book.find_customers(CustomerQuery(**self.query))
            return 200, {"customers": [dump(customer) for customer in found]}, {}
        customer = await self.book.customer(parts[1])
        if customer is None:
            return 404, {"error": "not found"}, {}
        if len(parts) == 2:
            return 200, dump(customer), {}
        return 200, {"orders": [dump(o) for o in await self.book.orders_of(parts[1])]}, {}

    async def _act(self, number, headers, body):
        try:
            told = json.loads(body)
            act = load_act(told) if self.version == 2 else load_act(_from_version_1(told))
        except (OrderSystemWrong, ValueError):
            return 422, {"error": "not an act"}, {}
        version = headers["if-match"].strip('"')
        done = await self.book.perform(
            number, version, act, headers["idempotency-key"], headers.get("x-actor", "")
        )
        if isinstance(done, Conflict):
            return 409, {"error": "changed"}, {}
        return (200 if done.repeated else 201), dump(done), {}


def _as_version_1(order):
    """An order as version 1 of the contract has it."""
    customer = {key: order["customer"][key] for key in ("name", "email", "phone")}
    lines = ("sku", "name", "quantity", "unit_price", "returnable")
    return {
        **{key: value for key, value in order.items() if key in _FIRST},
        "version": int(order["version"]),
        "customer": customer,
        "address": order["address"]["written"],
        "items": [{key: item[key] for key in lines} for item in order["items"]],
        "cases": [
            {key: value for key, value in case.items() if key != "withdrawable"}
            for case in order["cases"]
        ],
    }


_FIRST = """number state placed_at delivery delivery_fee payment paid shipment cases""".split()


def _from_version_1(act):
    """What version 1 calls an act, for the shop behind it."""
    if act["type"] == "change_item":
        line = {"line": act["sku"], "sku": act["sku"], "quantity": act["quantity"]}
        return {"type": "change_items", "changes": [line], "payment_method": ""}
    if act["type"] == "change_address":
        return {**act, "address": {"street": act["address"], "written": act["address"]}}
    if act["type"] not in ("cancel", "open_case", "issue_invoice"):
        raise OrderSystemWrong("no such act in version 1")
    return act
