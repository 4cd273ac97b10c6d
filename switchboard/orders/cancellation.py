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
from switchboard.shop.speech import Words

BETWEEN_WORDS = "|"
"""In `words.yml`: what a reason is called, then other words that name it."""


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


def named_reason(text: str, words: Words) -> str | None:
    """The code of the reason for cancelling that `text` gives: its name in either language, or one
    of the words that `words.yml` lists for it (`cancel_reasons`); None for none or several."""
    said = text.casefold()
    named = []
    for code, forms in words.get("cancel_reasons", {}).items():
        listed = [part.strip() for form in forms.values() for part in form.split(BETWEEN_WORDS)]
        if any(word.casefold() in said for word in [code, *listed]):
            named.append(code)
    return named[0] if len(named) == 1 else None


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
