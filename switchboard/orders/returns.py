"""Returns and exchanges: the rules and the acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, LineChange, LineReturn, OpenCase, ShopFloor
from switchboard.orders.model import CaseKind, Item, Order, RefundState
from switchboard.orders.rules import ZERO, Assessment, Quote, Refusal, refuse_going_back
from switchboard.shop.policy import Policy


@dataclass(frozen=True)
class ReturnItems(Act):
    """Lines of a delivered order go back, all at once, for `amount` on `refund_to`, the order's own
    means of payment where that is empty."""

    type: ClassVar[str] = "return_items"

    lines: tuple[LineReturn, ...]
    amount: Decimal
    refund_to: str = ""

    @override
    def apply(self, floor: ShopFloor) -> str:
        """One reference for all; the refund stays requested until the goods are back."""
        reference = floor.new_reference("R")
        for part in self.lines:
            item = floor.line(part.line)
            case = OpenCase(CaseKind.RETURN, item.sku, part.reason, Decimal("0.00"))
            floor.open_case(case, reference)
        if self.amount > 0 and floor.order.paid:
            floor.add_refund(reference, self.amount, RefundState.REQUESTED, self.refund_to)
        return reference


@dataclass(frozen=True)
class ExchangeItems(Act):
    """Lines of a delivered order for other variants, all at once; a difference is paid or paid back
    by `payment_method`."""

    type: ClassVar[str] = "exchange_items"

    changes: tuple[LineChange, ...]
    payment_method: str = ""

    @override
    def apply(self, floor: ShopFloor) -> str:
        reference = floor.new_reference("X")
        for change in self.changes:
            item = floor.line(change.line)
            case = OpenCase(CaseKind.EXCHANGE, item.sku, change.sku, Decimal("0.00"))
            floor.open_case(case, reference)
        return reference


_GONE_BACK = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)


def assess_return(order: Order, lines: str | None, policy: Policy, now: datetime) -> Assessment:
    """Allowed within the window after delivery, for returnable goods; `lines` are joined names of
    the order's lines. One label is paid for, however many go back."""
    items = order.lines(lines)
    refusal = _refuse_any(order, items, policy.integer("returns", "window_days"), now)
    if refusal:
        return refusal
    fee = policy.amount("returns", "label_fee")
    worth = sum((item.unit_price * item.quantity for item in items), ZERO)
    return Quote(fee=fee, refund=max(worth - fee, ZERO))


def assess_exchange(order: Order, lines: str | None, policy: Policy, now: datetime) -> Assessment:
    """Like a return, but with a replacement instead of money."""
    window = policy.integer("returns", "exchange_window_days")
    return _refuse_any(order, order.lines(lines), window, now) or Quote()


def _refuse_any(order: Order, items: Sequence[Item], window: int, now: datetime) -> Refusal | None:
    """The first reason why one of the items cannot come back."""
    asked: Sequence[Item | None] = items or [None]
    refusals = (refuse_going_back(order, item, window, _GONE_BACK, now) for item in asked)
    return next((refusal for refusal in refusals if refusal), None)


def price_difference(changes: Sequence[LineChange], order: Order) -> Decimal:
    """What the lines cost more after the changes than before; negative if they cost less."""
    more = ZERO
    for change in changes:
        item = order.item(change.line)
        if item is None:
            continue
        variant = item.product.variant(change.sku) if item.product else None
        price = variant.price if variant and change.sku != item.sku else item.unit_price
        more += (price - item.unit_price) * change.quantity
    return more
