"""The base of all acts on an order, and the act that several skills share.

An act is a value: it is sent to an order system as its `type` and fields (`wire.py`); `apply`
implements it in the embedded shop. A skill's own act is in the skill's file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol

from typing_extensions import override

from switchboard.orders.model import CaseKind, Item, Order, OrderState, RefundState
from switchboard.orders.postal import PostalAddress

ACTS: dict[str, type[Act]] = {}
"""All acts by `type`; an act is registered when its module is imported."""


class ShopFloor(Protocol):
    """What an act may read and change of one order in the embedded shop."""

    @property
    def order(self) -> Order:
        """The current order."""

    @property
    def now(self) -> datetime:
        """The time of the act."""

    def new_reference(self, prefix: str) -> str:
        """A reference for the customer."""

    def set_state(self, state: OrderState) -> None:
        """Set the order's state."""

    def set_address(self, address: PostalAddress) -> None:
        """Set the delivery address."""

    def set_payment(self, payment_method: str) -> None:
        """Pay with another of the customer's means of payment."""

    def set_quantity(self, line: str, quantity: int) -> None:
        """Set the quantity of a line; 0 removes it."""

    def set_article(self, line: str, sku: str) -> None:
        """Put another article at the place of a line, at its price."""

    def line(self, line: str) -> Item:
        """A line of the order."""

    def open_case(self, case: OpenCase, reference: str) -> None:
        """Add a case."""

    def close_case(self, reference: str) -> None:
        """Take a case away, with the refund that it asked for."""

    def add_refund(
        self, reference: str, amount: Decimal, state: RefundState, method: str = ""
    ) -> None:
        """Add a refund to a means of payment, the order's own where none is named."""

    def issue_invoice(self) -> str:
        """Return the number of the order's invoice; creates it if there is none."""


class Act(ABC):
    """An act on an order. Subclasses are frozen dataclasses with a `type`."""

    type: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Register the act by its type."""
        super().__init_subclass__()
        ACTS[cls.type] = cls

    @abstractmethod
    def apply(self, floor: ShopFloor) -> str:
        """Do the act in the embedded shop; returns the reference for the customer."""


_PREFIX = {
    CaseKind.RETURN: "R",
    CaseKind.EXCHANGE: "X",
    CaseKind.DAMAGE: "D",
    CaseKind.REFUND: "RF",
}


@dataclass(frozen=True)
class LineChange:
    """Another article or another quantity in place of a line; `quantity` 0 removes it."""

    line: str
    sku: str
    quantity: int


@dataclass(frozen=True)
class LineReturn:
    """So many of a line go back, for a reason in the customer's words."""

    line: str
    quantity: int
    reason: str = ""


@dataclass(frozen=True)
class OpenCase(Act):
    """Open a return, exchange, damage report or refund request.

    `text` is the customer's reason, description or wish; `amount` the sum to refund, if any.
    """

    type: ClassVar[str] = "open_case"

    kind: CaseKind
    sku: str | None
    text: str
    amount: Decimal

    @override
    def apply(self, floor: ShopFloor) -> str:
        """A refund stays requested until a person approves it."""
        reference = floor.new_reference(_PREFIX[self.kind])
        floor.open_case(self, reference)
        if self.amount > 0 and floor.order.paid:
            floor.add_refund(reference, self.amount, RefundState.REQUESTED)
        return reference
