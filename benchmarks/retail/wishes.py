"""What the customer of a task wants, in words that a customer knows: the reference acts, without
the numbers of articles, variants and means of payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.retail.retail_data import RetailBench, RetailTask
from benchmarks.retail.retail_tools import Db, Record, ToolCall

KINDS = {
    "cancel_pending_order": "cancel",
    "modify_pending_order_items": "modify",
    "modify_pending_order_address": "address",
    "modify_pending_order_payment": "payment",
    "modify_user_address": "default_address",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
}
"""The reference acts that change something, and what the customer calls them."""
_KIND_WORDS = {"credit_card": "card", "paypal": "PayPal", "gift_card": "gift card"}


@dataclass(frozen=True)
class Swap:
    """One thing for another variant of it; `wanted` is empty for the same one again."""

    item: str
    product: str
    wanted: str


@dataclass(frozen=True)
class Wish:
    """One act: its kind, and what the customer can say about it."""

    kind: str
    order: str = ""
    items: str = ""
    swaps: tuple[Swap, ...] = ()
    method: str = ""
    address: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Caller:
    """The customer: who they are, and their wishes in order."""

    name: str
    zip: str
    email: str
    wishes: tuple[Wish, ...]


def caller_of(bench: RetailBench, task: RetailTask) -> Caller:
    """The customer of a task."""
    user = bench.db["users"].get(bench.customer_of(task), {})
    name = user.get("name", {})
    facts = task.facts
    wishes = (_wish(bench.db, call) for call in task.calls if call.name in KINDS)
    return Caller(
        facts.name or f"{name.get('first_name', '')} {name.get('last_name', '')}".strip(),
        facts.zip or ("" if facts.email else str(user.get("address", {}).get("zip", ""))),
        facts.email,
        tuple(wishes),
    )


def _wish(db: Db, call: ToolCall) -> Wish:
    kind, given = KINDS[call.name], call.arguments
    order = db["orders"].get(str(given.get("order_id")), {})
    user = db["users"].get(str(order.get("user_id") or given.get("user_id")), {})
    return Wish(
        kind,
        str(given.get("order_id", "")).lstrip("#"),
        _items(order, given.get("item_ids") or []),
        tuple(_swaps(db, order, given)) if kind in ("modify", "exchange") else (),
        _method(user, str(given.get("payment_method_id", ""))),
        _address(given) if "address1" in given else "",
        str(given.get("reason", "")),
    )


def _items(order: Record, item_ids: Sequence[str]) -> str:
    left, named = list(order.get("items", [])), []
    for item_id in item_ids:
        item = next((entry for entry in left if entry["item_id"] == item_id), None)
        if item is not None:
            left.remove(item)
            named.append(_item(order, item))
    return _listed(named)


def _item(order: Record, item: Record) -> str:
    """Its name; with its options where the order has another of that name."""
    alike = [other for other in order["items"] if other["name"] == item["name"]]
    name = f"the {item['name']}"
    if len(alike) == 1:
        return name
    telling = [
        said(key, value)
        for key, value in item["options"].items()
        if any(other["options"].get(key) != value for other in alike)
    ]
    return f"{name} ({', '.join(telling or [said(k, v) for k, v in item['options'].items()])})"


def _swaps(db: Db, order: Record, given: Mapping[str, Any]) -> list[Swap]:
    swaps = []
    for old_id, new_id in zip(given["item_ids"], given["new_item_ids"], strict=True):
        item = next((entry for entry in order.get("items", []) if entry["item_id"] == old_id), None)
        if item is None:
            continue
        new = db["products"][item["product_id"]]["variants"][new_id]["options"]
        changed = [said(k, v) for k, v in new.items() if item["options"].get(k) != v]
        swaps.append(Swap(_item(order, item), item["name"], ", ".join(changed)))
    return swaps


def said(key: str, value: str) -> str:
    """How a customer names the value of an option."""
    plain = value.lower()
    if plain == "yes":
        return key
    if plain == "no":
        return f"not {key}" if key.endswith(("proof", "able", "resistant")) else f"no {key}"
    if plain == "none":
        return f"no {key}"
    if plain.isdigit() or len(plain) <= 2:
        return f"{key} {value}"
    return value


def _method(user: Record, method_id: str) -> str:
    method = user.get("payment_methods", {}).get(method_id)
    if method is None:
        return ""
    if method["source"] == "credit_card":
        return f"my {method['brand']} card ending in {method['last_four']}"
    alike = [m for m in user["payment_methods"].values() if m["source"] == method["source"]]
    word = _KIND_WORDS[method["source"]]
    ending = f" with the number {method_id.rsplit('_', 1)[-1]}" if len(alike) > 1 else ""
    return f"my {word}{ending}"


def _address(given: Mapping[str, Any]) -> str:
    parts = [given["address1"], given.get("address2") or "", given["city"], given["state"]]
    return ", ".join(part for part in [*parts, given["zip"], given["country"]] if part)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
