"""What a page shows of a ticket and of the queue, in words and not in rows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from desk.services import Services
from switchboard.handoff.entries import Entry
from switchboard.handoff.story import Line, read_lines
from switchboard.handoff.tickets import Ticket
from switchboard.people.directory import Person
from switchboard.turns import read_turn

MAX_LINES = 400
URGENCY = {3: "danger", 2: "upset", 1: "asked", 0: "later"}


@dataclass(frozen=True)
class Row:
    """A ticket in the queue. `waits` in seconds: since the customer's last unanswered message."""

    ticket: Ticket
    waits: float
    assignee: str
    urgency: str


@dataclass(frozen=True)
class Said:
    """One message or act, as the conversation shows it."""

    at: float
    kind: str
    who: str
    text: str
    note: str = ""
    entry: Entry | None = None


def queue_rows(services: Services, wanted: Mapping[str, str], me: Person) -> list[Row]:
    """The open tickets: most urgent first, longest wait first; closed ones by `state=closed`."""
    closed = wanted.get("state") == "closed"
    found = services.tickets.waiting(include_resolved=closed)
    if closed:
        found = [ticket for ticket in reversed(found) if not ticket.is_open][:200]
    names = {person.id: person.name for person in services.directory.everybody()}
    heard = services.conversations.last_heard([ticket.sender_id for ticket in found])
    rows = [
        Row(
            ticket,
            time.time() - heard.get(ticket.sender_id, ticket.opened_at),
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


def conversation(services: Services, ticket: Ticket) -> list[Said]:
    """Messages and acts, oldest first, each message of the customer with its route and mood."""
    names = {person.id: person.name for person in services.directory.everybody()}
    events = services.conversations.everything(ticket.sender_id)
    said = [_message(line, notes) for line, notes in _with_routes(events, ticket)]
    entries = services.casework.entries(ticket)
    answered = {entry.text: entry for entry in entries}
    for entry in entries:
        who = names.get(entry.person_id or 0, "the desk")
        if entry.kind != "answer":
            said.append(Said(entry.at, "act", who, entry.text, entry.kind, entry))
    said = [_with_delivery(one, answered) for one in said]
    return sorted(said, key=lambda one: one.at)[-MAX_LINES:]


def _with_delivery(one: Said, answered: Mapping[str, Entry]) -> Said:
    entry = answered.get(one.text) if one.kind == "agent" else None
    if entry is None or entry.kind != "answer":
        return one
    state = {"sent": "delivered", "waiting": "on its way", None: "on record"}.get(
        entry.state, f"not delivered: {entry.reason}"
    )
    return Said(one.at, one.kind, one.who, one.text, state, entry)


def _with_routes(events: Sequence[Mapping[str, Any]], ticket: Ticket) -> list[tuple[Line, str]]:
    routes = {}
    for event in events:
        if event.get("event") == "user":
            at = float(event.get("timestamp") or 0.0)
            turn = read_turn(event.get("parse_data") or {}, at > ticket.opened_at)
            mood = "" if turn.mood is None else f" · anger {turn.mood:.2f}"
            routes[at] = f"{turn.route.value}: {turn.reason}{mood}"
    return [(line, routes.get(line.at, "")) for line in read_lines(events)]


def _message(line: Line, note: str) -> Said:
    return Said(line.at, line.speaker, line.speaker, line.text, note)


def ago(seconds: float) -> str:
    """A span in the one unit that matters."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def moment(at: float) -> str:
    """A point in time (seconds since the epoch), in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
