"""What stands beside a ticket of its customer: wishes, and their other conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from switchboard.desk.desk_services import DeskServices
from switchboard.tickets.ticket_book import Ticket

MOST = 10


@dataclass(frozen=True)
class OtherConversation:
    """A conversation that was proved, with the same contact, to be the same customer's; the latest
    tickets of that time."""

    channel: str
    proved_at: float
    tickets: Sequence[Ticket]


@dataclass(frozen=True)
class KnownPerson:
    """`wishes` by kind, as said in the ticket's own conversation."""

    wishes: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[OtherConversation] = ()


def known_person(services: DeskServices, ticket: Ticket) -> KnownPerson:
    """Nobody, where the shop keeps no profiles."""
    profiles = services.profiles
    if profiles is None:
        return KnownPerson()
    others = []
    for span in profiles.companions(ticket.conversation_id, ticket.opened_at)[:MOST]:
        theirs = [
            one
            for one in services.tickets.of_customer(span.conversation_id)
            if span.began_at <= one.opened_at <= span.until
        ]
        channel = span.conversation_id.partition(":")[0]
        others.append(OtherConversation(channel, span.began_at, theirs[:3]))
    return KnownPerson(profiles.book.own(ticket.conversation_id), others)
