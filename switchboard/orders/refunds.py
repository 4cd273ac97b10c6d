"""Rules for refunding a whole order."""

from __future__ import annotations

from datetime import datetime

from switchboard.orders.model import CaseKind, Order
from switchboard.orders.rules import ZERO, Assessment, Quote, Refusal, delivered_days
from switchboard.shop.policy import Policy


def assess_refund(order: Order, policy: Policy, now: datetime) -> Assessment:
    """Allowed after delivery, within the return window, if the order was paid."""
    if not order.paid:
        return Refusal("unpaid")
    for case in order.cases:
        if case.kind in (CaseKind.REFUND, CaseKind.RETURN):
            return Refusal("already", {"reference": case.reference})
    days = delivered_days(order, now)
    if days is None:
        return Refusal("not_delivered")
    window = policy.integer("returns", "window_days")
    if days > window:
        return Refusal("too_late", {"days_since": str(days), "window": str(window)})
    fee = policy.amount("returns", "label_fee")
    worth = sum((i.unit_price * i.quantity for i in order.items if i.returnable), ZERO)
    return Quote(fee=fee, refund=max(worth - fee, ZERO))
