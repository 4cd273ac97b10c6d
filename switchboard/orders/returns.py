"""Rules for returns and exchanges."""

from __future__ import annotations

from datetime import datetime

from switchboard.orders.model import CaseKind, Order
from switchboard.orders.rules import ZERO, Assessment, Quote, refuse_going_back
from switchboard.shop.policy import Policy


def assess_return(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Allowed within the window after delivery, for returnable goods."""
    item = order.item(sku) if sku else None
    kinds = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)
    window = policy.integer("returns", "window_days")
    refusal = refuse_going_back(order, item, window, kinds, now)
    if refusal:
        return refusal
    fee = policy.amount("returns", "label_fee")
    worth = item.unit_price * item.quantity if item else ZERO
    return Quote(fee=fee, refund=max(worth - fee, ZERO))


def assess_exchange(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Like a return, but with a replacement instead of money."""
    item = order.item(sku) if sku else None
    kinds = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)
    window = policy.integer("returns", "exchange_window_days")
    return refuse_going_back(order, item, window, kinds, now) or Quote()
