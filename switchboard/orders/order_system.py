"""The port to an order system, and the choice of what stands behind it."""

from __future__ import annotations

import hashlib
from typing import Protocol

from switchboard.orders.acts import Act
from switchboard.orders.model import Conflict, Invoice, Order, Receipt, Refund
from switchboard.settings import Settings


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


def open_order_system(settings: Settings) -> OrderSystem:
    """The order system that the settings name.

    Raises:
        ConfigurationError: the address is neither a database nor http(s).
    """
    if settings.orders_url.startswith(("http://", "https://")):
        from switchboard.orders.http_orders import HttpOrderSystem

        return HttpOrderSystem(
            settings.orders_url, settings.orders_token, timeout=settings.orders_timeout
        )
    from switchboard.orders.demo_shop import SqliteOrderSystem

    return SqliteOrderSystem(settings.orders_url)
