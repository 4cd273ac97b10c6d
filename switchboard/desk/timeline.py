"""The timeline of a ticket: messages with their routes, answers with their delivery, actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.conversations.routes import decide, decided
from switchboard.conversations.turns import MOOD
from switchboard.desk.desk_services import DeskServices
from switchboard.tickets.entries import Entry, EntryKind
from switchboard.tickets.story import Line, read_lines
from switchboard.tickets.ticket_book import Ticket

MAX_LINES = 400
_DELIVERY = {"sent": "delivered", "waiting": "on its way", None: "on record"}


@dataclass(frozen=True)
class TimelineEntry:
    """One message or action in the conversation's timeline."""

    at: float
    kind: str
    who: str
    text: str
    note: str = ""
    entry: Entry | None = None


def conversation(services: DeskServices, ticket: Ticket) -> list[TimelineEntry]:
    """The timeline, oldest first: customer messages with route and mood, replies, actions."""
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
            # Conversations from before 0.5 carry no decision.
            decision = decided(said) or decide(said, paused=at > ticket.opened_at)
            anger = (said.get(MOOD) or {}).get("anger")
            mood = "" if anger is None else f" · anger {anger:.2f}"
            routes[at] = f"{decision.route.value}: {decision.reason}{mood}"
    return [(line, routes.get(line.at, "")) for line in read_lines(events)]


def _message(line: Line, note: str, entry: Entry | None) -> TimelineEntry:
    if entry is not None:  # an answer: its delivery state
        note = _DELIVERY.get(entry.state, f"not delivered: {entry.reason}")
    return TimelineEntry(line.at, line.speaker, line.speaker, line.text, note, entry)
