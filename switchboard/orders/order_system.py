"""The port to an order system, and the idempotency key of an act."""

from __future__ import annotations

import hashlib
from typing import Protocol

from switchboard.orders.acts import Act
from switchboard.orders.model import Conflict, Invoice, Order, Receipt, Refund


class OrderSystem(Protocol):
    """The port to an order system.

    Every method may raise `OrderSystemDown` (unreachable, slow, server error) and
    `OrderSystemWrong` (an answer that violates the contract).
    """

    async def find(self, number: str) -> Order | None:
        """The order, or None."""

    async def refunds(self, number: str) -> list[Refund]:
        """The refunds of an order, newest first; empty for an unknown order."""

    async def invoice(self, number: str) -> Invoice | None:
        """The invoice of an order, or None while there is none."""

    async def perform(
        self, number: str, version: int, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        """Do `act` once.

        The order must still have `version`, else nothing is done (`Conflict`). A repeated `key`
        returns the first receipt. `actor` is recorded in the audit trail.
        """

    async def close(self) -> None:
        """Close the connections."""


def act_key(actor: str, number: str, version: int, act: Act) -> str:
    """The idempotency key of an act: equal for a repeated yes, new after the order changed."""
    return hashlib.sha256(f"{actor}|{number}|{version}|{act!r}".encode()).hexdigest()[:40]
