"""How tickets are put away: snoozed until later, tagged, merged into another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import ticket_tags, tickets
from switchboard.staff.directory import Person
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import OPEN, Ticket

LONGEST_SNOOZE = 60 * DAY
MOST_TAGS, LONGEST_TAG = 10, 32


def read_tags(text: str) -> list[str]:
    """The tags that a person wrote, separated by commas: short, in lower case, each once."""
    words = (" ".join(part.lower().split()) for part in text.replace("，", ",").split(","))
    named = [word[:LONGEST_TAG] for word in words if word]
    return list(dict.fromkeys(named))[:MOST_TAGS]


class Filing:
    """Methods raise SQLAlchemy's errors; what is no longer possible returns False."""

    def __init__(
        self, engine: Engine, acts: TicketActs, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._acts, self._clock = engine, acts, clock

    def snooze(self, ticket: Ticket, person: Person, seconds: float) -> bool:
        """Take a ticket out of the queue for a while, or until its customer writes."""
        now = self._clock()
        until = now + min(max(seconds, 60.0), LONGEST_SNOOZE)
        return self._acts.change(
            ticket, person, EntryKind.SNOOZED, snoozed_at=now, snoozed_until=until
        )

    def is_asleep(self, ticket: Ticket, heard_at: float) -> bool:
        """Whether a ticket is snoozed, its customer last heard at a time."""
        asleep = ticket.snoozed_until is not None and ticket.snoozed_until > self._clock()
        return asleep and heard_at <= (ticket.snoozed_at or 0.0)

    def tag(self, ticket: Ticket, person: Person, tags: Sequence[str]) -> bool:
        """Give a ticket these tags in place of those it has."""
        if not self._acts.change(ticket, person, EntryKind.TAGGED, ", ".join(tags)):
            return False
        with self._engine.begin() as db:
            db.execute(sa.delete(ticket_tags).where(ticket_tags.c.ticket_id == ticket.id))
            rows = [{"ticket_id": ticket.id, "tag": tag} for tag in tags]
            if rows:
                db.execute(sa.insert(ticket_tags), rows)
        return True

    def tags(self, ids: Iterable[int]) -> dict[int, list[str]]:
        """The tags of tickets, by their numbers."""
        query = sa.select(ticket_tags).where(ticket_tags.c.ticket_id.in_(list(ids)))
        found: dict[int, list[str]] = {}
        with self._engine.connect() as db:
            for number, tag in db.execute(query.order_by(ticket_tags.c.tag)):
                found.setdefault(number, []).append(tag)
        return found

    def known_tags(self) -> list[str]:
        """All tags in use, most used first."""
        uses = sa.func.count().label("uses")
        query = sa.select(ticket_tags.c.tag, uses).group_by(ticket_tags.c.tag)
        with self._engine.connect() as db:
            found = db.execute(query.order_by(uses.desc(), ticket_tags.c.tag).limit(100))
            return [row.tag for row in found]

    def merge(self, ticket: Ticket, into: Ticket, person: Person) -> bool:
        """Close a ticket as part of another, which shows its conversation from now on.

        The customer is told nothing: the other ticket is where they are answered.
        """
        if ticket.id == into.id or not (ticket.is_open and into.is_open):
            return False
        with self._engine.begin() as db:
            other = (tickets.c.id == into.id) & OPEN
            if not db.execute(sa.select(tickets.c.id).where(other).with_for_update()).first():
                return False
            silent = db.execute(
                sa.select(tickets.c.open_for).where(tickets.c.id == ticket.id)
            ).scalar()
            if not self._acts.close_as_part(db, ticket, into, person):
                return False
            contact = sa.func.coalesce(tickets.c.contact, ticket.contact)
            db.execute(sa.update(tickets).where(other).values(contact=contact))
            if silent == into.conversation_id and into.follow_up:  # the bot stays silent
                again = {"open_for": silent, "follow_up": False}
                db.execute(sa.update(tickets).where(other).values(**again))
        return True
