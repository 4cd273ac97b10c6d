"""Taking back a request: the rules and the act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from switchboard.orders.acts import Act, ShopFloor
from switchboard.orders.model import Case, CaseKind, Order
from switchboard.orders.rules import Assessment, Quote, Refusal

_KINDS = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND)


@dataclass(frozen=True)
class Withdraw(Act):
    """Take back a return, an exchange or a refund request, as if it had not been made."""

    type: ClassVar[str] = "withdraw"

    request: str

    @override
    def apply(self, floor: ShopFloor) -> str:
        floor.close_case(self.request)
        return floor.new_reference("W")


def withdrawable(order: Order) -> list[Case]:
    """The cases of the order that its customer can still take back."""
    return [case for case in order.cases if case.kind in _KINDS and case.withdrawable]


def assess_withdrawal(order: Order) -> Assessment:
    """Allowed as long as the order system says so of a case: before goods or money are on their
    way."""
    requests = [case for case in order.cases if case.kind in _KINDS]
    if not requests:
        return Refusal("no_request")
    if not withdrawable(order):
        return Refusal("under_way", {"reference": requests[-1].reference})
    return Quote()
