"""The port to the support desk where people work on tickets, and our own implementation."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override

from switchboard.tickets.ticket_book import Ticket


class HumanDesk(Protocol):
    """A support desk. What people do there reaches us through `TicketActs`.

    Every method raises `HumanDeskError` when the desk is unreachable or refuses; the caller
    retries.
    """

    def open_ticket(self, ticket: Ticket) -> str:
        """Create the ticket at the desk, with its story; returns the desk's id for it."""

    def forward_message(self, desk_ticket_id: str, text: str, key: str) -> None:
        """Forward a customer message. `key` is the same on a retry."""

    def close_ticket(self, desk_ticket_id: str) -> None:
        """Close the ticket at the desk: it was closed on our side."""


class OwnDesk(HumanDesk):
    """Our own desk. It reads the tickets from the database, so nothing is forwarded."""

    @override
    def open_ticket(self, ticket: Ticket) -> str:
        return ticket.reference

    @override
    def forward_message(self, desk_ticket_id: str, text: str, key: str) -> None:
        """Nothing has to be done."""

    @override
    def close_ticket(self, desk_ticket_id: str) -> None:
        """Nothing has to be done."""
