"""Where people work on cases: the port, and the desk of our own behind it."""

from __future__ import annotations

from typing import Protocol

from switchboard.tickets.ticket_book import Ticket


class HumanDesk(Protocol):
    """A desk that is told of cases, and tells us by `TicketActs` what people do.

    Every method raises `HumanDeskError` when the desk cannot be reached or refuses, and is tried
    again.
    """

    def opened(self, ticket: Ticket) -> str:
        """Make a case known, with its story; its id there."""

    def heard(self, there: str, text: str, key: str) -> None:
        """The customer wrote; `key` is the same when it is tried again."""

    def closed(self, there: str) -> None:
        """The case was closed on our side."""


class OwnDesk:
    """Our own desk reads the tickets itself: nothing has to be told."""

    def opened(self, ticket: Ticket) -> str:
        """See `HumanDesk`."""
        return ticket.reference

    def heard(self, there: str, text: str, key: str) -> None:
        """See `HumanDesk`."""

    def closed(self, there: str) -> None:
        """See `HumanDesk`."""
