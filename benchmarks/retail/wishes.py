"""What the customer of a task wants, in words that a customer knows: the reference acts, without
the numbers of articles, variants and means of payment."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
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
    """One thing for another variant of it; `wanted` is empty for the same one again, `other` is
    another variant that can be had, if there is one."""

    item: str
    product: str
    wanted: str
    other: str = ""


@dataclass(frozen=True)
class Wish:
    """One act: its kind, and what the customer can say about it. `spare` is a thing of the order
    that it is not about, `other_method` another means of payment on file, and `amount` the sum of
    money that moves; each empty for none."""

    kind: str
    order: str = ""
    things: tuple[str, ...] = ()
    swaps: tuple[Swap, ...] = ()
    method: str = ""
    address: str = ""
    reason: str = ""
    spare: str = ""
    other_method: str = ""
    amount: str = ""

    @property
    def items(self) -> str:
        """Its things in one phrase."""
        return _listed(self.things)


@dataclass(frozen=True)
class ChangeOfMind:
    """What a customer says at first, and the words by which they come to what they want: the name
    of the line, and its facts."""

    first: Wish
    line: str
    facts: Mapping[str, str]


def changes_of_mind(wish: Wish) -> list[ChangeOfMind]:
    """The ways in which the customer of a wish may have wanted something else before."""
    changes = []
    for index, swap in enumerate(wish.swaps):
        if swap.wanted and swap.other:
            before = replace(swap, wanted=swap.other)
            swaps = (*wish.swaps[:index], before, *wish.swaps[index + 1 :])
            alone = "_alone" if len(wish.swaps) == 1 else ""
            facts = {"item": swap.item, "wanted": swap.wanted}
            first = replace(wish, swaps=swaps)
            changes.append(ChangeOfMind(first, f"change_variant{alone}", facts))
    if wish.kind == "return" and len(wish.things) > 1:
        first = replace(wish, things=wish.things[:-1])
        changes.append(ChangeOfMind(first, "add_item", {"item": wish.things[-1]}))
    if wish.kind == "return" and wish.spare:
        first = replace(wish, things=(*wish.things, wish.spare))
        changes.append(ChangeOfMind(first, "drop_item", {"item": wish.spare}))
    if wish.kind in ("return", "payment") and wish.method and wish.other_method:
        first = replace(wish, method=wish.other_method)
        changes.append(ChangeOfMind(first, "change_method", {"method": wish.method}))
    return changes


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
    chosen, left = _items(order, given.get("item_ids") or [])
    alike = {item["name"] for item in chosen}
    method = _method(user, str(given.get("payment_method_id", "")))
    return Wish(
        kind,
        str(given.get("order_id", "")).lstrip("#"),
        tuple(_item(order, item) for item in chosen),
        tuple(_swaps(db, order, given)) if kind in ("modify", "exchange") else (),
        method,
        _address(given) if "address1" in given else "",
        str(given.get("reason", "")),
        next((_item(order, item) for item in left if item["name"] not in alike), ""),
        _other_method(kind, user, order, str(given.get("payment_method_id", ""))),
        _amount(db, kind, order, chosen, given),
    )


def _items(order: Record, item_ids: Sequence[str]) -> tuple[list[Record], list[Record]]:
    """The things that an act is about, and the others of the order."""
    left, chosen = list(order.get("items", [])), []
    for item_id in item_ids:
        item = next((entry for entry in left if entry["item_id"] == item_id), None)
        if item is not None:
            left.remove(item)
            chosen.append(item)
    return chosen, left


def _other_method(kind: str, user: Record, order: Record, method_id: str) -> str:
    """Another means of payment that the shop would take for it, where there is one: money goes back
    the way it came or to a gift card, and nothing is paid anew by what it was paid with."""
    paid = [entry["payment_method_id"] for entry in order.get("payment_history", [])]
    for other, method in user.get("payment_methods", {}).items():
        back = other in paid or method["source"] == "gift_card"
        fits = back if kind == "return" else other not in paid and method["source"] != "gift_card"
        if other != method_id and fits:
            return _method(user, other)
    return ""


def _amount(
    db: Db, kind: str, order: Record, chosen: Sequence[Record], given: Mapping[str, Any]
) -> str:
    """The money that comes back, or the difference; empty where none moves."""
    if kind == "cancel":
        paid = [e for e in order.get("payment_history", []) if e["transaction_type"] == "payment"]
        moved = sum(float(entry["amount"]) for entry in paid)
    elif kind == "return":
        moved = sum(float(item["price"]) for item in chosen)
    elif kind in ("modify", "exchange"):
        new = zip(chosen, given["new_item_ids"], strict=False)
        moved = sum(
            float(db["products"][item["product_id"]]["variants"][sku]["price"])
            - float(item["price"])
            for item, sku in new
        )
    else:
        return ""
    return f"{abs(moved):.2f}" if round(moved, 2) else ""


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
        variants = db["products"][item["product_id"]]["variants"]
        others = (
            v["options"]
            for sku, v in variants.items()
            if v["available"] and sku not in (old_id, new_id)
        )
        shared = _shared([variant["options"] for variant in variants.values()])
        wanted = _changed(item["options"], new, shared)
        other = next((_changed(item["options"], options, shared) for options in others), "")
        swaps.append(Swap(_item(order, item), item["name"], wanted, other))
    return swaps


def _shared(variants: Sequence[Mapping[str, str]]) -> set[str]:
    """The values that two options of a product have in common: "black", of frame and of lens."""
    keys: dict[str, set[str]] = {}
    for options in variants:
        for key, value in options.items():
            keys.setdefault(value, set()).add(key)
    return {value for value, named in keys.items() if len(named) > 1}


def _changed(old: Mapping[str, str], new: Mapping[str, str], shared: Container[str]) -> str:
    """What a customer says of the new options; of which one a shared value is, too."""
    return ", ".join(
        f"{key} {value}" if value in shared and value not in ("yes", "no") else said(key, value)
        for key, value in new.items()
        if old.get(key) != value
    )


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
