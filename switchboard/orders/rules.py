"""What may be done with an order, from its state and the shop's policy. Pure functions.

Each `assess_*` returns a `Quote` (allowed; what it costs or brings) or a `Refusal` (why not).
The reason of a refusal is a short name; what the customer reads for it stands in
`data/responses`, as `say_<task>_<reason>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from switchboard.orders.model import CaseKind, Item, Order, OrderState
from switchboard.shop.policy import Policy

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Quote:
    """The act is allowed: `fee` is kept back, `refund` paid back, in the shop's currency."""

    fee: Decimal = ZERO
    refund: Decimal = ZERO


@dataclass(frozen=True)
class Refusal:
    """The act is not allowed. `facts` fill the customer's sentence."""

    reason: str
    facts: dict[str, str] = field(default_factory=dict)


Assessment = Quote | Refusal

REFUSALS: dict[str, tuple[str, ...]] = {
    "cancel_order": ("cancelled", "shipped", "delivered"),
    "change_order": ("too_late", "cancelled", "last_item", "same_quantity"),
    "change_shipping_address": ("too_late", "cancelled"),
    "return_item": ("not_delivered", "too_late", "not_returnable", "already"),
    "exchange_item": ("not_delivered", "too_late", "not_returnable", "already"),
    "report_damaged_item": ("not_delivered", "too_late", "already"),
    "get_refund": ("not_delivered", "too_late", "already", "unpaid"),
    "get_invoice": ("cancelled",),
}


def _delivered_days(order: Order, now: datetime) -> int | None:
    """Whole days since delivery; None while it has not been delivered."""
    if order.shipment is None or order.shipment.delivered_at is None:
        return None
    return (now - order.shipment.delivered_at).days


def _has_case(order: Order, sku: str, *kinds: CaseKind) -> str | None:
    """The reference of an open case on this item or the whole order."""
    for case in order.cases:
        if case.kind in kinds and case.sku in (sku, None):
            return case.reference
    return None


def assess_cancel(order: Order, policy: Policy, now: datetime) -> Assessment:
    """Free at first, for a fee until the parcel leaves, then no more."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state is OrderState.SHIPPED:
        return Refusal("shipped")
    if order.state is OrderState.DELIVERED:
        return Refusal("delivered")
    free_until = order.placed_at + timedelta(minutes=policy.integer("cancellation", "free_minutes"))
    still_free = order.state is OrderState.PLACED and now <= free_until
    fee = ZERO if still_free else min(policy.amount("cancellation", "fee"), order.total)
    return Quote(fee=fee, refund=order.total - fee if order.paid else ZERO)


def assess_change(order: Order, sku: str | None, quantity: int | None) -> Assessment:
    """Only before packing; an order cannot be emptied (that is a cancellation)."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state is not OrderState.PLACED:
        return Refusal("too_late")
    item = order.item(sku) if sku else None
    if item is None or quantity is None:
        return Quote()
    if quantity == item.quantity:
        return Refusal("same_quantity")
    if quantity == 0 and len(order.items) == 1:
        return Refusal("last_item")
    return Quote(refund=(item.quantity - quantity) * item.unit_price)


def assess_address(order: Order) -> Assessment:
    """Until the parcel leaves."""
    if order.state is OrderState.CANCELLED:
        return Refusal("cancelled")
    if order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
        return Refusal("too_late")
    return Quote()


def _assess_item_back(
    order: Order, item: Item | None, window: int, kinds: tuple[CaseKind, ...], now: datetime
) -> Refusal | None:
    days = _delivered_days(order, now)
    if days is None:
        return Refusal("not_delivered")
    if days > window:
        return Refusal("too_late", {"days_since": str(days), "window": str(window)})
    if item is None:
        return None
    if not item.returnable:
        return Refusal("not_returnable", {"item": item.name})
    reference = _has_case(order, item.sku, *kinds)
    return Refusal("already", {"reference": reference}) if reference else None


def assess_return(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Within the window after delivery, for goods that can be sold again."""
    item = order.item(sku) if sku else None
    kinds = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)
    window = policy.integer("returns", "window_days")
    refusal = _assess_item_back(order, item, window, kinds, now)
    if refusal:
        return refusal
    fee = policy.amount("returns", "label_fee")
    worth = item.unit_price * item.quantity if item else ZERO
    return Quote(fee=fee, refund=max(worth - fee, ZERO))


def assess_exchange(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """As a return, but another piece comes instead of money."""
    item = order.item(sku) if sku else None
    kinds = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)
    window = policy.integer("returns", "exchange_window_days")
    return _assess_item_back(order, item, window, kinds, now) or Quote()


def assess_damage(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Within the window after delivery, or for a parcel that is overdue enough to count as lost."""
    item = order.item(sku) if sku else None
    days = _delivered_days(order, now)
    if days is None:
        lost_after = timedelta(days=policy.integer("delivery", "lost_after_days"))
        if order.shipment is None or now - order.shipment.shipped_at < lost_after:
            return Refusal("not_delivered")
    elif days > policy.integer("damage", "window_days"):
        window = policy.text("damage", "window_days")
        return Refusal("too_late", {"days_since": str(days), "window": window})
    if item is not None:
        reference = _has_case(order, item.sku, CaseKind.DAMAGE)
        if reference:
            return Refusal("already", {"reference": reference})
    return Quote()


def assess_refund(order: Order, policy: Policy, now: datetime) -> Assessment:
    """The whole order's money back: after delivery, within the return window, if it was paid."""
    if not order.paid:
        return Refusal("unpaid")
    for case in order.cases:
        if case.kind in (CaseKind.REFUND, CaseKind.RETURN):
            return Refusal("already", {"reference": case.reference})
    days = _delivered_days(order, now)
    if days is None:
        return Refusal("not_delivered")
    window = policy.integer("returns", "window_days")
    if days > window:
        return Refusal("too_late", {"days_since": str(days), "window": str(window)})
    fee = policy.amount("returns", "label_fee")
    worth = sum((i.unit_price * i.quantity for i in order.items if i.returnable), ZERO)
    return Quote(fee=fee, refund=max(worth - fee, ZERO))


def assess_invoice(order: Order) -> Assessment:
    """For every order that was paid, or will be."""
    if order.state is OrderState.CANCELLED and not order.paid:
        return Refusal("cancelled")
    return Quote()
