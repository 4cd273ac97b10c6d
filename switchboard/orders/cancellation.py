"""Cancelling an order: the rules and the act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, ShopFloor
from switchboard.orders.model import Order, OrderState, RefundState
from switchboard.orders.rules import ZERO, Assessment, Quote, Refusal
from switchboard.shop.policy import Policy


@dataclass(frozen=True)
class Cancel(Act):
    """Cancel the order; `fee` is deducted from the refund."""

    type: ClassVar[str] = "cancel"

    fee: Decimal
    reason: str = ""

    @override
    def apply(self, floor: ShopFloor) -> str:
        """Refunds what was paid at once, less the fee."""
        reference, order = floor.new_reference("C"), floor.order
        floor.set_state(OrderState.CANCELLED)
        if order.paid:
            floor.add_refund(reference, order.total - self.fee, RefundState.APPROVED)
        return reference


def assess_cancel(order: Order, policy: Policy, now: datetime) -> Assessment:
    """Free at first, then for a fee until the parcel is shipped, then refused."""
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
