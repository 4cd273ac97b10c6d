"""Where people work on tickets: the port to a desk, and our own behind it."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override

from switchboard.tickets.ticket_book import Ticket


class HumanDesk(Protocol):
    """A desk that is told of tickets, and tells us by `TicketActs` what people do.

    Every method raises `HumanDeskError` when the desk cannot be reached or refuses, and is tried
    again.
    """

    def opened(self, ticket: Ticket) -> str:
        """Make a ticket known, with its story; its id there."""

    def heard(self, there: str, text: str, key: str) -> None:
        """The customer wrote; `key` is the same when it is tried again."""

    def closed(self, there: str) -> None:
        """The ticket was closed on our side."""


class OwnDesk(HumanDesk):
    """Our own desk reads the tickets itself: nothing has to be told."""

    @override
    def opened(self, ticket: Ticket) -> str:
        return ticket.reference

    @override
    def heard(self, there: str, text: str, key: str) -> None:
        """Nothing has to be done."""

    @override
    def closed(self, there: str) -> None:
        """Nothing has to be done."""
