"""Rules for broken, wrong or missing goods."""

from __future__ import annotations

from datetime import datetime, timedelta

from switchboard.orders.model import CaseKind, Order
from switchboard.orders.rules import Assessment, Quote, Refusal, case_on, delivered_days
from switchboard.shop.policy import Policy


def assess_damage(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Allowed within the window after delivery, or for a parcel overdue enough to count as lost."""
    item = order.item(sku) if sku else None
    days = delivered_days(order, now)
    if days is None:
        lost_after = timedelta(days=policy.integer("delivery", "lost_after_days"))
        if order.shipment is None or now - order.shipment.shipped_at < lost_after:
            return Refusal("not_delivered")
    elif days > policy.integer("damage", "window_days"):
        window = policy.text("damage", "window_days")
        return Refusal("too_late", {"days_since": str(days), "window": window})
    if item is not None:
        reference = case_on(order, item.sku, CaseKind.DAMAGE)
        if reference:
            return Refusal("already", {"reference": reference})
    return Quote()
