"""The port to an order system: what is asked of one, and the key by which an act is done once."""

from __future__ import annotations

import hashlib
from typing import Protocol

from switchboard.orders.acts import Act
from switchboard.orders.model import Conflict, Invoice, Order, Receipt, Refund


class OrderSystem(Protocol):
    """What Switchboard asks of an order system.

    Every method may raise `OrderSystemDown` (unreachable, slow, server error) and
    `OrderSystemWrong` (an answer that breaks the contract).
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

        The order must still have `version`, else nothing happens (`Conflict`). The same `key`
        again gives the first receipt again. `actor` is recorded in the audit trail.
        """

    async def close(self) -> None:
        """Let go of connections."""


def act_key(actor: str, number: str, version: int, act: Act) -> str:
    """The idempotency key of an act: equal for a repeated yes, different once the order changed."""
    return hashlib.sha256(f"{actor}|{number}|{version}|{act!r}".encode()).hexdigest()[:40]
