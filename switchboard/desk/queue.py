"""The queue: which tickets are shown, in which order, and how long each has waited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.clock import epoch_now
from switchboard.desk.desk_services import DeskServices
from switchboard.staff.directory import Person
from switchboard.tickets.ticket_book import Ticket

URGENCY = {3: "danger", 2: "upset", 1: "asked", 0: "later"}


@dataclass(frozen=True)
class Row:
    """A ticket in the queue. `waits`: seconds since the customer's last message."""

    ticket: Ticket
    waits: float
    assignee: str
    urgency: str


def queue_rows(services: DeskServices, wanted: Mapping[str, str], me: Person) -> list[Row]:
    """The open tickets, most urgent first, then longest wait; closed ones with `state=closed`."""
    closed = wanted.get("state") == "closed"
    found = services.tickets.waiting(include_resolved=closed)
    if closed:
        found = [ticket for ticket in reversed(found) if not ticket.is_open][:200]
    names = {person.id: person.name for person in services.directory.everybody()}
    heard = services.conversations.last_heard([ticket.conversation_id for ticket in found])
    rows = [
        Row(
            ticket,
            epoch_now() - heard.get(ticket.conversation_id, ticket.opened_at),
            names.get(ticket.assignee_id or 0, ""),
            URGENCY.get(ticket.urgency, "later"),
        )
        for ticket in found
        if _fits(ticket, wanted, me)
    ]
    return rows if closed else sorted(rows, key=lambda r: (-r.ticket.urgency, -r.waits))


def _fits(ticket: Ticket, wanted: Mapping[str, str], me: Person) -> bool:
    whose = wanted.get("whose")
    return (
        wanted.get("channel") in (None, "", ticket.channel)
        and wanted.get("language") in (None, "", ticket.language)
        and (whose != "mine" or ticket.assignee_id == me.id)
        and (whose != "nobody" or ticket.assignee_id is None)
    )
