"""Shared rules of all order skills. Pure functions of an order and the shop's policy.

Each skill's `assess_*` returns a `Quote` (allowed, with costs and refund) or a `Refusal` (why not).
The reason of a refusal is a short name; its text for the customer is in `data/replies`, as
`say_<task>_<reason>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from switchboard.orders.model import CaseKind, Item, Order, OrderState

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Quote:
    """The act is allowed: `fee` is deducted, `refund` paid back, in the shop's currency."""

    fee: Decimal = ZERO
    refund: Decimal = ZERO


@dataclass(frozen=True)
class Refusal:
    """The act is not allowed. `facts` fill the placeholders of the customer's text."""

    reason: str
    facts: dict[str, str] = field(default_factory=dict)


Assessment = Quote | Refusal


def delivered_days(order: Order, now: datetime) -> int | None:
    """Whole days since delivery; None before it."""
    if order.shipment is None or order.shipment.delivered_at is None:
        return None
    return (now - order.shipment.delivered_at).days


def case_on(order: Order, sku: str, *kinds: CaseKind) -> str | None:
    """The reference of an open case on this item or the whole order."""
    for case in order.cases:
        if case.kind in kinds and case.sku in (sku, None):
            return case.reference
    return None


def refuse_going_back(
    order: Order, item: Item | None, window: int, kinds: tuple[CaseKind, ...], now: datetime
) -> Refusal | None:
    """Why an item cannot come back within `window` days of its delivery; None if it can.

    Where the system knows that it was delivered and not when, the window is the system's to keep.
    """
    days = delivered_days(order, now)
    if days is None and order.state is not OrderState.DELIVERED:
        return Refusal("not_delivered")
    if days is not None and days > window:
        return Refusal("too_late", {"days_since": str(days), "window": str(window)})
    if item is None:
        return None
    if not item.returnable:
        return Refusal("not_returnable", {"item": item.name})
    reference = case_on(order, item.sku, *kinds)
    return Refusal("already", {"reference": reference}) if reference else None
