"""What a page shows of a ticket and of the queue, in words and not in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from switchboard.clock import epoch_now
from switchboard.conversations.routes import decide, decided
from switchboard.conversations.turns import MOOD
from switchboard.desk.desk_services import DeskServices
from switchboard.staff.directory import Person
from switchboard.tickets.entries import Entry, EntryKind
from switchboard.tickets.story import Line, read_lines
from switchboard.tickets.ticket_book import Ticket

MAX_LINES = 400
_DELIVERY = {"sent": "delivered", "waiting": "on its way", None: "on record"}
URGENCY = {3: "danger", 2: "upset", 1: "asked", 0: "later"}


@dataclass(frozen=True)
class Row:
    """A ticket in the queue. `waits` in seconds: since the customer's last unanswered message."""

    ticket: Ticket
    waits: float
    assignee: str
    urgency: str


@dataclass(frozen=True)
class TimelineEntry:
    """One message or act, as the conversation shows it."""

    at: float
    kind: str
    who: str
    text: str
    note: str = ""
    entry: Entry | None = None


def queue_rows(services: DeskServices, wanted: Mapping[str, str], me: Person) -> list[Row]:
    """The open tickets: most urgent first, longest wait first; closed ones by `state=closed`."""
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


def conversation(services: DeskServices, ticket: Ticket) -> list[TimelineEntry]:
    """Messages and acts, oldest first, each message of the customer with its route and mood."""
    names = {person.id: person.name for person in services.directory.everybody()}
    events = services.conversations.everything(ticket.conversation_id)
    lines = _with_routes(events, ticket)
    entries = services.ticket_acts.entries(ticket)
    answers = {entry.id: entry for entry in entries if entry.kind == EntryKind.ANSWER.value}
    said = [_message(line, note, answers.get(line.entry or 0)) for line, note in lines]
    for entry in entries:
        who = names.get(entry.person_id or 0, "the desk")
        if entry.id not in answers:
            said.append(TimelineEntry(entry.at, "act", who, entry.text, entry.kind, entry))
    return sorted(said, key=lambda one: one.at)[-MAX_LINES:]


def _with_routes(events: Sequence[Mapping[str, Any]], ticket: Ticket) -> list[tuple[Line, str]]:
    routes = {}
    for event in events:
        if event.get("event") == "user":
            at = float(event.get("timestamp") or 0.0)
            said = event.get("parse_data") or {}
            # Conversations of before 0.5 carry no decision.
            decision = decided(said) or decide(said, paused=at > ticket.opened_at)
            anger = (said.get(MOOD) or {}).get("anger")
            mood = "" if anger is None else f" · anger {anger:.2f}"
            routes[at] = f"{decision.route.value}: {decision.reason}{mood}"
    return [(line, routes.get(line.at, "")) for line in read_lines(events)]


def _message(line: Line, note: str, entry: Entry | None) -> TimelineEntry:
    if entry is not None:  # an answer: what became of it on its way
        note = _DELIVERY.get(entry.state, f"not delivered: {entry.reason}")
    return TimelineEntry(line.at, line.speaker, line.speaker, line.text, note, entry)


def ago(seconds: float) -> str:
    """A span in the one unit that matters."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def moment(at: float) -> str:
    """A point in time (seconds since the epoch), in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
