"""The benchmark's shop as an order system over HTTP, by version 2 of the project's contract.

`RetailShop` answers what `switchboard.orders.http_orders` asks. What the shop tells is built from
the project's own model, so that its JSON is the contract's; what it does are the calls of
`retail_tools`, so that the final states are the benchmark's.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from aiohttp import web

from benchmarks.retail.retail_tools import (
    CANCEL_REASONS,
    DELIVERED,
    GIFT_CARD,
    NOT_ALLOWED,
    PENDING,
    Db,
    Record,
    ToolCall,
    ToolRefused,
    changed_records,
    fresh_copy,
    price_difference,
    run_tool,
)
from switchboard.orders.model import (
    Customer,
    Item,
    Order,
    OrderState,
    PaymentMethod,
    ProductLine,
    Receipt,
    Refund,
    RefundState,
    Variant,
)
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal
from switchboard.orders.wire import dump

PLACED_AT = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
"""The data tell no times."""
_WAIT = 10.0
Json = dict[str, Any]
Answer = tuple[int, Json]
_NOT_FOUND: Answer = (404, {"error": "not found"})


@dataclass(frozen=True)
class PerformedAct:
    """An act that the shop did: as it was asked for, by whom, and as a call of the benchmark."""

    number: str
    type: str
    arguments: Mapping[str, Any]
    actor: str
    call: ToolCall


# What the shop tells.


def _money(amount: float) -> Decimal:
    return Decimal(f"{round(amount, 2) + 0.0:.2f}")  # never -0.00


def _address(data: Record) -> PostalAddress:
    return PostalAddress(
        street=data["address1"],
        extra=data["address2"],
        city=data["city"],
        region=data["state"],
        postcode=data["zip"],
        country=data["country"],
    )


def _kind(method: Record) -> str:
    return str(method.get("source", "")).replace("_", " ")


def _payment_method(data: Record) -> PaymentMethod:
    label = " ".join(str(data[key]) for key in ("brand", "last_four") if data.get(key))
    balance = _money(data["balance"]) if data["source"] == GIFT_CARD else None
    return PaymentMethod(data["id"], _kind(data), label, balance)


def _full_name(user: Record) -> str:
    return f"{user['name']['first_name']} {user['name']['last_name']}"


def _customer(user_id: str, user: Record) -> Customer:
    return Customer(
        name=_full_name(user),
        email=user["email"],
        phone="",
        id=user_id,
        postcode=user["address"]["zip"],
        address=_address(user["address"]),
        payment_methods=tuple(map(_payment_method, user["payment_methods"].values())),
    )


def _product(data: Record) -> ProductLine:
    variants = tuple(
        Variant(v["item_id"], v["options"], _money(v["price"]), bool(v["available"]))
        for v in data["variants"].values()
    )
    return ProductLine(data["product_id"], data["name"], variants)


def _lines(order: Record) -> dict[str, Record]:
    """The items by a name that is unique in the order: the article, with -2, -3 where it stands
    again."""
    seen: Counter[str] = Counter()
    lines = {}
    for item in order["items"]:
        article = item["item_id"]
        seen[article] += 1
        lines[article if seen[article] == 1 else f"{article}-{seen[article]}"] = item
    return lines


def _item(line: str, data: Record) -> Item:
    return Item(
        sku=data["item_id"],
        name=data["name"],
        quantity=1,
        unit_price=_money(data["price"]),
        returnable=True,
        id=line,
        product_id=data["product_id"],
        options=data["options"],
    )


def _state(status: str) -> OrderState:
    if status.startswith(PENDING):
        return OrderState.PLACED
    return {"processed": OrderState.PACKED, "cancelled": OrderState.CANCELLED}.get(
        status, OrderState.DELIVERED
    )


def _allows(status: str) -> frozenset[str]:
    """The types of the acts that the shop's rules permit in a status."""
    if status == PENDING:
        return frozenset({"cancel", "change_items", "change_address", "change_payment"})
    if status.startswith(PENDING):
        return frozenset({"change_address", "change_payment"})
    return frozenset({"return_items", "exchange_items"} if status == DELIVERED else ())


def _number(order_id: str) -> str:
    return order_id.lstrip("#")


def _version(order: Record) -> str:
    content = json.dumps(order, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _first_payment(order: Record) -> str:
    """The means of payment that the order was placed with."""
    history = order["payment_history"]
    return str(history[0]["payment_method_id"]) if history else ""


def _order(db: Db, order: Record) -> Order:
    user, paid_by = db["users"][order["user_id"]], _first_payment(order)
    return Order(
        number=_number(order["order_id"]),
        version=_version(order),
        state=_state(order["status"]),
        placed_at=PLACED_AT,
        customer=_customer(order["user_id"], user),
        address=_address(order["address"]),
        items=tuple(_item(line, item) for line, item in _lines(order).items()),
        delivery="standard",
        delivery_fee=_money(0.0),
        payment=_kind(user["payment_methods"].get(paid_by, {})),
        paid=True,
        shipment=None,
        cases=(),
        payment_method=paid_by,
        charged=_money(sum(item["price"] for item in order["items"])),
        allows=_allows(order["status"]),
    )


def _refunds(db: Db, order: Record) -> list[Refund]:
    """Newest first. On a gift card the money is there at once."""
    methods = db["users"][order["user_id"]]["payment_methods"]
    found: list[Refund] = []
    for place, entry in enumerate(order["payment_history"]):
        if entry["transaction_type"] != "refund":
            continue
        method = methods.get(entry["payment_method_id"], {})
        at_once = method.get("source") == GIFT_CARD
        refund = Refund(
            reference=f"{_number(order['order_id'])}-{place}",
            amount=_money(entry["amount"]),
            state=RefundState.PAID if at_once else RefundState.APPROVED,
            method=_kind(method),
            requested_at=PLACED_AT,
            paid_at=PLACED_AT if at_once else None,
        )
        found.insert(0, refund)
    return found


def _same(text: str) -> str:
    """A name or an e-mail for comparison: without accents, case and doubled spaces."""
    letters = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


def _fits(user: Record, query: Mapping[str, str]) -> bool:
    """Whether all that is asked for is on file, the e-mail or the name with the postcode among
    it; there are no phones."""
    on_file = {
        "email": _same(user["email"]),
        "name": _same(_full_name(user)),
        "postcode": _same(user["address"]["zip"]),
    }
    asked = {name: value for name, value in query.items() if value}
    enough = "email" in asked or {"name", "postcode"} <= set(asked)
    return enough and all(_same(value) == on_file.get(name) for name, value in asked.items())


# What the shop does.


def _article(order: Record, line: str) -> str:
    found = _lines(order).get(line)
    if found is None:
        raise ToolRefused("no such line in the order")
    return str(found["item_id"])


def _single(entry: Mapping[str, Any]) -> None:
    if int(entry["quantity"]) != 1:
        raise ToolRefused("every line is one piece, and stays one")


def _swap(order: Record, act: Json) -> Json:
    for change in act["changes"]:
        _single(change)
    return {
        "item_ids": [_article(order, change["line"]) for change in act["changes"]],
        "new_item_ids": [str(change["sku"]) for change in act["changes"]],
        "payment_method_id": act.get("payment_method") or _first_payment(order),
    }


def _return(order: Record, act: Json) -> Json:
    for part in act["lines"]:
        _single(part)
    return {
        "item_ids": [_article(order, part["line"]) for part in act["lines"]],
        "payment_method_id": act.get("refund_to") or _first_payment(order),
    }


def _new_address(_order: Record, act: Json) -> Json:
    given = act["address"]
    return {
        "address1": given["street"],
        "address2": given.get("extra") or "",
        "city": given.get("city") or "",
        "state": given.get("region") or "",
        "country": given.get("country") or "",
        "zip": given.get("postcode") or "",
    }


def _new_payment(order: Record, act: Json) -> Json:
    return {"payment_method_id": act.get("payment_method") or _first_payment(order)}


def _reason(_order: Record, act: Json) -> Json:
    return {"reason": act["reason"]}


_TOOLS: dict[str, tuple[str, Callable[[Record, Json], Json]]] = {
    "cancel": ("cancel_pending_order", _reason),
    "change_items": ("modify_pending_order_items", _swap),
    "exchange_items": ("exchange_delivered_order_items", _swap),
    "return_items": ("return_delivered_order_items", _return),
    "change_address": ("modify_pending_order_address", _new_address),
    "change_payment": ("modify_pending_order_payment", _new_payment),
}
"""The tool for each type of act, and what makes its arguments of the act's."""


def tool_call(order: Record, act: Json) -> ToolCall:
    """The tool that does an act on an order.

    Raises:
        ToolRefused: the shop knows no such act, or the order no such line.
    """
    if act["type"] not in _TOOLS:
        raise ToolRefused("the shop does nothing of this kind")
    name, arguments = _TOOLS[act["type"]]
    return ToolCall(name, {"order_id": order["order_id"], **arguments(order, act)})


def _paid(order: Record) -> float:
    """What was paid and not paid back."""
    signs = {"payment": 1.0, "refund": -1.0}
    history = order["payment_history"]
    return float(sum(signs[entry["transaction_type"]] * entry["amount"] for entry in history))


def _paid_back(db: Db, order: Record, call: ToolCall) -> float:
    """What a call pays back, negative where the customer pays."""
    if "reason" in call.arguments:
        return _paid(order)
    items: Sequence[str] = call.arguments.get("item_ids", ())
    if "new_item_ids" in call.arguments:
        return -price_difference(db, order, items, call.arguments["new_item_ids"])
    prices = {item["item_id"]: item["price"] for item in order["items"]}
    return float(sum(prices[item] for item in items))


@dataclass
class ShopBook:
    """The shop's data during one conversation, and what was done with them."""

    original: Db
    db: Db = field(init=False)
    acts: list[PerformedAct] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again from the original data."""
        self.db, self.acts = fresh_copy(self.original), []
        self._receipts: dict[str, str] = {}

    def order(self, number: str) -> Record | None:
        """An order by its number, with its # or without."""
        return self.db["orders"].get(f"#{_number(number)}") or self.db["orders"].get(number)

    def quote(self, order: Record, act: Json) -> Quote | Refusal:
        """What an act would cost, or why it is not allowed. What the customer has not chosen yet
        is left open."""
        if act["type"] not in _allows(order["status"]):
            return Refusal(NOT_ALLOWED)
        if act["type"] == "cancel":
            act = {**act, "reason": act.get("reason") or CANCEL_REASONS[0]}
        try:
            call = tool_call(order, act)
            run_tool(fresh_copy(self.db), call)
        except ToolRefused as refused:
            return Refusal(refused.reason)
        return Quote(refund=_money(_paid_back(self.db, order, call)))

    def done_before(self, key: str) -> Receipt | None:
        """The receipt of what was done with this key."""
        return Receipt(self._receipts[key], repeated=True) if key in self._receipts else None

    def perform(self, order: Record, act: Json, key: str, actor: str) -> Receipt:
        """Do an act.

        Raises:
            ToolRefused: the shop's rules do not permit it.
        """
        if [] in (act.get("changes"), act.get("lines")):
            raise ToolRefused("no line is named")
        call = tool_call(order, act)
        run_tool(self.db, call)
        given = {name: value for name, value in act.items() if name != "type"}
        number = _number(order["order_id"])
        self.acts.append(PerformedAct(number, act["type"], given, actor, call))
        self._receipts[key] = f"A{len(self.acts):05d}"
        return Receipt(self._receipts[key], repeated=False)

    def keep_address(self, user_id: str, address: Json, key: str, actor: str) -> Receipt:
        """Give a customer another address."""
        call = ToolCall("modify_user_address", {"user_id": user_id, **_new_address({}, address)})
        run_tool(self.db, call)
        self.acts.append(PerformedAct("", "change_default_address", address, actor, call))
        self._receipts[key] = f"A{len(self.acts):05d}"
        return Receipt(self._receipts[key], repeated=False)


# The server.


@dataclass(frozen=True)
class _Asked:
    """A request: its path in parts."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class RetailShop:
    """The shop on loopback, for one conversation at a time; `reset` between them.

    Its requests are answered in a thread of its own.
    """

    def __init__(self, db: Db, token: str, port: int = 0) -> None:
        self._book, self._token, self._port = ShopBook(db), token, port
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: Any = None

    def start(self) -> str:
        """Begin to serve; returns the address."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(_WAIT)

    def stop(self) -> None:
        """End serving."""
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(_WAIT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WAIT)
        self._loop.close()
        self._loop = None

    def reset(self) -> None:
        """Forget what was done: the next conversation finds the original data."""
        with self._lock:
            self._book.reset()

    def changed(self) -> Db:
        """The orders and users that are not as they were, as they are now."""
        with self._lock:
            return changed_records(self._book.original, self._book.db)

    @property
    def acts(self) -> list[PerformedAct]:
        """The acts of this conversation, in their order."""
        with self._lock:
            return list(self._book.acts)

    async def _open(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, shutdown_timeout=0.1).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _serve(self, request: web.Request) -> web.Response:
        asked = _Asked(
            request.method,
            tuple(request.rel_url.parts[1:]),
            request.query,
            request.headers,
            await request.read(),
        )
        with self._lock:
            status, content = self._answer(asked)
        return web.json_response(content, status=status)

    def _answer(self, asked: _Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {self._token}":
            return 401, {"error": "unauthorized"}
        match asked.parts:
            case ("customers", user_id, "address") if asked.method == "POST":
                return self._address(user_id, asked)
            case ("products",) if asked.method == "GET":
                products = self._book.db["products"].values()
                return 200, {"products": [dump(_product(product)) for product in products]}
            case ("customers", *rest) if asked.method == "GET":
                return self._customers(rest, asked.query)
            case ("products", product_id) if asked.method == "GET":
                product = self._book.db["products"].get(product_id)
                return (200, dump(_product(product))) if product else _NOT_FOUND
            case ("orders", number, *rest):
                order = self._book.order(number)
                return self._orders(order, rest, asked) if order else _NOT_FOUND
        return _NOT_FOUND

    def _address(self, user_id: str, asked: _Asked) -> Answer:
        key, actor = asked.headers.get("Idempotency-Key", ""), asked.headers.get("X-Actor", "")
        if user_id not in self._book.db["users"]:
            return _NOT_FOUND
        done = self._book.done_before(key)
        if done:
            return 200, dump(done)
        try:
            address = {"address": json.loads(asked.body)}
            return 201, dump(self._book.keep_address(user_id, address, key, actor))
        except (KeyError, TypeError, ValueError, AttributeError):
            return 422, {"error": "not an address"}

    def _customers(self, rest: Sequence[str], query: Mapping[str, str]) -> Answer:
        users, orders = self._book.db["users"], self._book.db["orders"]
        if not rest:
            found = [_customer(key, user) for key, user in users.items() if _fits(user, query)]
            return 200, {"customers": [dump(customer) for customer in found]}
        user = users.get(rest[0])
        if user is None:
            return _NOT_FOUND
        if len(rest) == 1:
            return 200, dump(_customer(rest[0], user))
        if list(rest[1:]) != ["orders"]:
            return _NOT_FOUND
        theirs = [orders[key] for key in user["orders"] if key in orders]
        return 200, {"orders": [dump(_order(self._book.db, order)) for order in theirs]}

    def _orders(self, order: Record, rest: Sequence[str], asked: _Asked) -> Answer:
        match (asked.method, *rest):
            case ("GET",):
                return 200, dump(_order(self._book.db, order))
            case ("GET", "refunds"):
                return 200, {"refunds": [dump(r) for r in _refunds(self._book.db, order)]}
            case ("POST", "quotes" | "acts" as wanted):
                try:
                    act = json.loads(asked.body)
                    if wanted == "quotes":
                        return 200, _quoted(self._book.quote(order, act))
                    return self._act(order, act, asked.headers)
                except (KeyError, TypeError, ValueError, AttributeError):
                    return 422, {"error": "not an act"}
        return _NOT_FOUND  # an invoice is among what there is not

    def _act(self, order: Record, act: Json, headers: Mapping[str, str]) -> Answer:
        key, version = headers.get("Idempotency-Key"), headers.get("If-Match")
        if not key or not version:
            return 400, {"error": "an act needs Idempotency-Key and If-Match"}
        done = self._book.done_before(key)
        if done:
            return 200, dump(done)
        if version.strip('"') != _version(order):
            return 409, {"error": "changed"}
        try:
            receipt = self._book.perform(order, act, key, headers.get("X-Actor", ""))
        except ToolRefused as refused:
            return 409, {"error": str(refused), "reason": refused.reason}
        return 201, dump(receipt)


def _quoted(told: Quote | Refusal) -> Json:
    return {"reason": told.reason} if isinstance(told, Refusal) else dump(told)
