"""The queue: which tickets are shown, in which order, and how long each has waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from switchboard.clock import epoch_now
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.readable import whole_number
from switchboard.staff.directory import Person
from switchboard.tickets.ticket_book import Ticket

URGENCY = {3: "danger", 2: "upset", 1: "asked", 0: "later"}
PAGE = 50


@dataclass(frozen=True)
class Row:
    """A ticket in the queue. `since`: when the wait for a person began; None if nobody waits."""

    ticket: Ticket
    since: float | None
    overdue: bool
    assignee: str
    assignee_here: bool
    urgency: str
    tags: Sequence[str] = ()
    asleep: bool = False

    @property
    def waits(self) -> float:
        """Seconds."""
        return 0.0 if self.since is None else epoch_now() - self.since


@dataclass(frozen=True)
class Queue:
    """A page of the queue; `older` is where the next page of closed tickets begins."""

    rows: Sequence[Row]
    older: int = 0
    tags: Sequence[str] = field(default=())


def read_queue(services: DeskServices, wanted: Mapping[str, str], me: Person) -> Queue:
    """The open tickets, most urgent first, then longest wait, then those that wait for nobody.

    `state=closed` shows closed ones, page by page; `state=asleep` those that are snoozed; `q` what
    is searched for, in any state.
    """
    state, words = wanted.get("state"), wanted.get("q", "").strip()
    older = 0
    if words:
        found = services.tickets.by_numbers(services.search.find(words))
    elif state == "closed":
        before = whole_number(wanted.get("before", "")) or 0
        found = services.tickets.closed(PAGE, before)
        older = found[-1].id if len(found) == PAGE else 0
    else:
        found = services.tickets.waiting()
    rows = [row for row in _rows(services, found) if _fits(row, wanted, me)]
    if not words and state != "closed":
        rows = [row for row in rows if row.asleep == (state == "asleep")]
        rows.sort(
            key=lambda r: (-r.ticket.urgency if r.since else 1, r.since or -r.ticket.opened_at)
        )
    return Queue(rows, older, services.filing.known_tags())


def waits_for(services: DeskServices, me: Person) -> list[float]:
    """Since when each ticket waits that is this person's or nobody's yet; snoozed ones do not."""
    found = [t for t in services.tickets.waiting() if t.assignee_id in (None, me.id)]
    since = services.waiting.since(found)
    snoozed = [t.conversation_id for t in found if t.snoozed_until is not None]
    heard = services.conversations.last_heard(snoozed) if snoozed else {}
    return [
        since[t.id]
        for t in found
        if t.id in since and not services.filing.is_asleep(t, heard.get(t.conversation_id, 0.0))
    ]


def _rows(services: DeskServices, found: Sequence[Ticket]) -> list[Row]:
    names = {person.id: person.name for person in services.directory.everybody()}
    here, since = services.directory.here(), services.waiting.since(found)
    tags = services.filing.tags(ticket.id for ticket in found)
    heard = services.conversations.last_heard([ticket.conversation_id for ticket in found])
    return [
        Row(
            ticket,
            since.get(ticket.id),
            ticket.id in since and services.waiting.is_overdue(since[ticket.id]),
            names.get(ticket.assignee_id or 0, ""),
            ticket.assignee_id in here,
            URGENCY.get(ticket.urgency, "later"),
            tags.get(ticket.id, ()),
            services.filing.is_asleep(ticket, heard.get(ticket.conversation_id, 0.0)),
        )
        for ticket in found
    ]


def row_of(services: DeskServices, ticket: Ticket) -> Row:
    """One ticket as the queue shows it."""
    return _rows(services, [ticket])[0]


def _fits(row: Row, wanted: Mapping[str, str], me: Person) -> bool:
    whose, ticket = wanted.get("whose"), row.ticket
    return (
        wanted.get("channel") in (None, "", ticket.channel)
        and wanted.get("language") in (None, "", ticket.language)
        and wanted.get("tag") in (None, "", *row.tags)
        and (whose != "mine" or ticket.assignee_id == me.id)
        and (whose != "nobody" or ticket.assignee_id is None)
    )
