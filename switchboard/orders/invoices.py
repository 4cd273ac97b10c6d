"""Issuing the invoice of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, ShopFloor
from switchboard.orders.model import Order, OrderState
from switchboard.orders.rules import Assessment, Quote, Refusal


@dataclass(frozen=True)
class IssueInvoice(Act):
    """Issue the invoice, or return the existing one."""

    type: ClassVar[str] = "issue_invoice"

    @override
    def apply(self, floor: ShopFloor) -> str:
        return floor.issue_invoice()


def assess_invoice(order: Order) -> Assessment:
    """Allowed unless the order was cancelled without being paid."""
    if order.state is OrderState.CANCELLED and not order.paid:
        return Refusal("cancelled")
    return Quote()
