"""The writing tools of the benchmark's shop, on its data as dictionaries.

A tool puts altered copies of an order and its customer in the place of the old ones, and changes
nothing where it refuses. What stood there before is never altered, so `fresh_copy` copies no more
than the tables. Amounts stay the floats that they are in the data, because final states are
compared exactly.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
Table = dict[str, Record]
Db = dict[str, Table]

NOT_ALLOWED = "not_allowed"
UNAVAILABLE = "unavailable"
GIFT_CARD_TOO_LOW = "gift_card_too_low"

PENDING = "pending"
DELIVERED = "delivered"
CANCEL_REASONS = ("no longer needed", "ordered by mistake")
GIFT_CARD = "gift_card"


class ToolRefused(Exception):
    """A tool did nothing; `reason` is a short code."""

    def __init__(self, text: str, reason: str = NOT_ALLOWED) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class ToolCall:
    """A tool by name, with its arguments."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What calls left: the changed records by table and id, and the calls that were refused, each
    as the tool's name and the reason."""

    changed: Db
    refused: tuple[tuple[str, str], ...] = ()


def fresh_copy(db: Db) -> Db:
    """A copy on which tools may work while `db` stays as it is."""
    return {name: dict(table) for name, table in db.items()}


def changed_records(before: Db, after: Db) -> Db:
    """The orders and users that differ, as they are after."""
    return {
        name: {
            key: record
            for key, record in after[name].items()
            if record is not before[name].get(key) and record != before[name].get(key)
        }
        for name in ("orders", "users")
    }


def cancel_pending_order(db: Db, order_id: str, reason: str) -> None:
    """Cancel a pending order and pay back every entry of its payment history."""
    order = _order(db, order_id, PENDING)
    if reason not in CANCEL_REASONS:
        raise ToolRefused("no such reason to cancel")
    user = _owner(db, order)
    for entry in list(order["payment_history"]):
        _enter(order, "refund", entry["amount"], entry["payment_method_id"])
        _credit(user, entry["payment_method_id"], entry["amount"])
    order.update(status="cancelled", cancel_reason=reason)
    _put(db, order, user)


def modify_pending_order_address(
    db: Db,
    order_id: str,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,
) -> None:
    """Send a pending order to another address; its items may have been modified before."""
    order = _still_pending(db, order_id)
    order["address"] = _address(address1, address2, city, state, country, zip)
    db["orders"][order_id] = order


def modify_pending_order_payment(db: Db, order_id: str, payment_method_id: str) -> None:
    """Pay a pending order by another means, once, and pay the first one back."""
    order = _still_pending(db, order_id)
    user = _owner(db, order)
    method = _method(user, payment_method_id)
    history = order["payment_history"]
    if len(history) != 1 or history[0]["transaction_type"] != "payment":
        raise ToolRefused("the order has not exactly one payment")
    amount, first = history[0]["amount"], history[0]["payment_method_id"]
    if first == payment_method_id:
        raise ToolRefused("it is paid by this means already")
    _check_cover(method, amount)
    _enter(order, "payment", amount, payment_method_id)
    _enter(order, "refund", amount, first)
    _credit(user, payment_method_id, -amount)
    _credit(user, first, amount)
    _put(db, order, user)


def modify_pending_order_items(
    db: Db,
    order_id: str,
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    payment_method_id: str,
) -> None:
    """Put other variants in the place of items of a pending order, once, and settle the
    difference at once."""
    order = _order(db, order_id, PENDING)
    difference = price_difference(db, order, item_ids, new_item_ids)
    user = _owner(db, order)
    _check_cover(_method(user, payment_method_id), difference)
    kind = "payment" if difference > 0 else "refund"
    _enter(order, kind, abs(difference), payment_method_id)
    _credit(user, payment_method_id, -difference)
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=True):
        item = _item(order, item_id)
        variant = _variant(db, item, new_item_id)
        item.update(item_id=new_item_id, price=variant["price"], options=variant["options"])
    order["status"] = "pending (item modified)"
    _put(db, order, user)


def modify_user_address(
    db: Db,
    user_id: str,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,
) -> None:
    """Give a customer another address; their orders keep theirs."""
    user = deepcopy(_record(db, "users", user_id))
    user["address"] = _address(address1, address2, city, state, country, zip)
    db["users"][user_id] = user


def return_delivered_order_items(
    db: Db, order_id: str, item_ids: Sequence[str], payment_method_id: str
) -> None:
    """Ask for items of a delivered order to go back, for money on the first means of payment or on
    a gift card."""
    order = _order(db, order_id, DELIVERED)
    method = _method(_owner(db, order), payment_method_id)
    first = order["payment_history"][0]["payment_method_id"]
    if method["source"] != GIFT_CARD and payment_method_id != first:
        raise ToolRefused("money goes back the way it came, or on a gift card")
    _check_items(order, item_ids)
    order.update(
        status="return requested",
        return_items=sorted(item_ids),
        return_payment_method_id=payment_method_id,
    )
    db["orders"][order_id] = order


def exchange_delivered_order_items(
    db: Db,
    order_id: str,
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    payment_method_id: str,
) -> None:
    """Ask for other variants of items of a delivered order; the difference is noted, not paid."""
    order = _order(db, order_id, DELIVERED)
    difference = round(price_difference(db, order, item_ids, new_item_ids), 2)
    _check_cover(_method(_owner(db, order), payment_method_id), difference)
    order.update(
        status="exchange requested",
        exchange_items=sorted(item_ids),
        exchange_new_items=sorted(new_item_ids),
        exchange_payment_method_id=payment_method_id,
        exchange_price_difference=difference,
    )
    db["orders"][order_id] = order


def price_difference(
    db: Db, order: Record, item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> float:
    """What the new items cost more than the old ones.

    Raises:
        ToolRefused: an item is not in the order, or a new one cannot be had.
    """
    _check_items(order, item_ids)
    if len(item_ids) != len(new_item_ids):
        raise ToolRefused("not as many new items as old ones")
    more = 0.0
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=True):
        item = _item(order, item_id)
        variant = _variant(db, item, new_item_id)
        if not variant["available"]:
            raise ToolRefused("this variant cannot be had now", UNAVAILABLE)
        more += variant["price"] - item["price"]
    return more


WRITING_TOOLS: dict[str, Callable[..., None]] = {
    tool.__name__: tool
    for tool in (
        cancel_pending_order,
        modify_pending_order_address,
        modify_pending_order_payment,
        modify_pending_order_items,
        modify_user_address,
        return_delivered_order_items,
        exchange_delivered_order_items,
    )
}
"""By name. Whatever else stands among reference acts reads only."""


def run_tool(db: Db, call: ToolCall) -> None:
    """Do a call on `db`; one that reads only does nothing.

    Raises:
        ToolRefused: the shop's rules, or the arguments, do not permit it.
    """
    tool = WRITING_TOOLS.get(call.name)
    if tool is None:
        return
    try:
        inspect.signature(tool).bind(db, **call.arguments)
    except TypeError as error:
        raise ToolRefused(f"{call.name}: {error}") from error
    tool(db, **call.arguments)


def replay(db: Db, calls: Iterable[ToolCall]) -> Outcome:
    """What the calls leave of a fresh copy of `db`, one after the other; a refused one is left
    out."""
    work, refused = fresh_copy(db), []
    for call in calls:
        try:
            run_tool(work, call)
        except ToolRefused as error:
            refused.append((call.name, error.reason))
    return Outcome(changed_records(db, work), tuple(refused))


def _record(db: Db, table: str, key: str) -> Record:
    record = db[table].get(key)
    if record is None:
        raise ToolRefused(f"not found in {table}")
    return record


def _order(db: Db, order_id: str, status: str) -> Record:
    """A copy of an order that has exactly this status."""
    order = deepcopy(_record(db, "orders", order_id))
    if order["status"] != status:
        raise ToolRefused(f"the order is not {status}")
    return order


def _still_pending(db: Db, order_id: str) -> Record:
    """A copy of a pending order, whatever was modified before."""
    order = deepcopy(_record(db, "orders", order_id))
    if PENDING not in order["status"]:
        raise ToolRefused("the order is not pending")
    return order


def _owner(db: Db, order: Record) -> Record:
    return deepcopy(_record(db, "users", order["user_id"]))


def _put(db: Db, order: Record, user: Record) -> None:
    db["orders"][order["order_id"]] = order
    db["users"][order["user_id"]] = user


def _method(user: Record, payment_method_id: str) -> Record:
    method: Record | None = user["payment_methods"].get(payment_method_id)
    if method is None:
        raise ToolRefused("no such means of payment on file")
    return method


def _check_cover(method: Record, amount: float) -> None:
    if method["source"] == GIFT_CARD and method["balance"] < amount:
        raise ToolRefused("the gift card does not cover this", GIFT_CARD_TOO_LOW)


def _credit(user: Record, payment_method_id: str, amount: float) -> None:
    """Money moves at once on gift cards alone."""
    method = user["payment_methods"].get(payment_method_id)
    if method and method["source"] == GIFT_CARD:
        method["balance"] = round(method["balance"] + amount, 2)


def _enter(order: Record, kind: str, amount: float, payment_method_id: str) -> None:
    order["payment_history"].append(
        {"transaction_type": kind, "amount": amount, "payment_method_id": payment_method_id}
    )


def _check_items(order: Record, item_ids: Sequence[str]) -> None:
    """An article may be named as often as it is in the order."""
    if Counter(item_ids) - Counter(item["item_id"] for item in order["items"]):
        raise ToolRefused("not so many of an item in the order")


def _item(order: Record, item_id: str) -> Record:
    """The first item with this article, as the order is by now."""
    return next(item for item in order["items"] if item["item_id"] == item_id)


def _variant(db: Db, item: Record, item_id: str) -> Record:
    """A variant of the product that an item is one of."""
    product = _record(db, "products", item["product_id"])
    variant: Record | None = product["variants"].get(item_id)
    if variant is None:
        raise ToolRefused("no such variant of this product", UNAVAILABLE)
    return variant


def _address(
    address1: str, address2: str, city: str, state: str, country: str, zip: str
) -> dict[str, str]:
    return {
        "address1": address1,
        "address2": address2,
        "city": city,
        "state": state,
        "country": country,
        "zip": zip,
    }
