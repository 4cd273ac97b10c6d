"""What can be done with an order: the base of all acts, and the one that several skills share.

An act is a value: it travels to an order system by its `type` and fields (`wire.py`), and tells in
`apply` what it does in the embedded shop. A skill's own act stands in the skill's file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol

from typing_extensions import override

from switchboard.orders.model import CaseKind, Order, OrderState, RefundState

ACTS: dict[str, type[Act]] = {}
"""Every act by its `type`; it is here once its file was imported."""


class ShopFloor(Protocol):
    """The rows of one order in the embedded shop, as far as acts may change them."""

    @property
    def order(self) -> Order:
        """The order as it is."""

    @property
    def now(self) -> datetime:
        """The time of the act."""

    def new_reference(self, prefix: str) -> str:
        """A reference for the customer."""

    def set_state(self, state: OrderState) -> None:
        """Let the order be in another state."""

    def set_address(self, address: str) -> None:
        """Send the order elsewhere."""

    def set_quantity(self, sku: str, quantity: int) -> None:
        """Another quantity of one line; 0 takes it out."""

    def open_case(self, case: OpenCase, reference: str) -> None:
        """Add a case."""

    def add_refund(self, reference: str, amount: Decimal, state: RefundState) -> None:
        """Add a refund by the way in which the order was paid."""

    def issue_invoice(self) -> str:
        """The number of the order's invoice, which is made if there is none."""


class Act(ABC):
    """Something to do with an order. Subclasses are frozen dataclasses with a `type`."""

    type: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Make the act known by its type."""
        super().__init_subclass__()
        ACTS[cls.type] = cls

    @abstractmethod
    def apply(self, floor: ShopFloor) -> str:
        """Do it in the embedded shop; the reference for the customer."""


_PREFIX = {
    CaseKind.RETURN: "R",
    CaseKind.EXCHANGE: "X",
    CaseKind.DAMAGE: "D",
    CaseKind.REFUND: "RF",
}


@dataclass(frozen=True)
class OpenCase(Act):
    """Open a return, exchange, damage report or refund request.

    `text` is the customer's reason, description or wish; `amount` what is to be paid back, if
    anything.
    """

    type: ClassVar[str] = "open_case"

    kind: CaseKind
    sku: str | None
    text: str
    amount: Decimal

    @override
    def apply(self, floor: ShopFloor) -> str:
        """Money waits until a person has approved it."""
        reference = floor.new_reference(_PREFIX[self.kind])
        floor.open_case(self, reference)
        if self.amount > 0 and floor.order.paid:
            floor.add_refund(reference, self.amount, RefundState.REQUESTED)
        return reference
