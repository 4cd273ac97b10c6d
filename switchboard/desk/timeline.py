"""The timeline of a ticket: messages with who said them and when, their files, and actions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.conversations.attachments import Attachment
from switchboard.conversations.moods import Level
from switchboard.database.tables import ratings
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.wording import Words
from switchboard.files.file_store import REFERENCE
from switchboard.tickets.entries import Entry, EntryKind
from switchboard.tickets.story import Line, read_lines
from switchboard.tickets.ticket_book import Ticket

MAX_LINES = 400
_DELIVERY = {"sent": "delivered", "waiting": "on its way", None: "on record"}
_SHOWN_KINDS = re.compile(r"(?<!\s)\s*\[(?:image|file|audio(?:, transcribed)?)\]\Z")
_AS_MAIL = (EntryKind.MAILED.value, EntryKind.MAIL_CAME.value)


@dataclass(frozen=True)
class TimelineEntry:
    """One message or action. `files` are (id, kind) of what can be shown or played."""

    at: float
    kind: str
    who: str
    text: str
    note: str = ""
    entry: Entry | None = None
    files: Sequence[tuple[str, str]] = ()


def conversation(services: DeskServices, ticket: Ticket, say: Words) -> list[TimelineEntry]:
    """The timeline, oldest first; with those of the tickets that were merged into this one."""
    names = {person.id: person.name for person in services.directory.everybody()}
    shown: list[TimelineEntry] = []
    told: set[str] = set()
    for part in [ticket, *services.tickets.merged(ticket)]:
        entries = services.ticket_acts.entries(part)
        lines: Iterable[Line] = ()
        if part.conversation_id not in told:
            lines = read_lines(services.conversations.everything(part.conversation_id))
        told.add(part.conversation_id)
        shown += read_messages(lines, entries, say)
        shown += _work(entries, names, say)
        shown += _rating(services, part, say)
    return sorted(shown, key=lambda one: one.at)[-MAX_LINES:]


def read_messages(
    lines: Iterable[Line], entries: Sequence[Entry], say: Words
) -> list[TimelineEntry]:
    """What was said, with how the answers among `entries` were delivered."""
    answers = {entry.id: entry for entry in entries if entry.kind == EntryKind.ANSWER.value}
    return [_message(line, answers.get(line.entry or 0), say) for line in lines]


def _message(line: Line, entry: Entry | None, say: Words) -> TimelineEntry:
    who = {"customer": say("Customer"), "bot": say("Assistant")}.get(line.speaker)
    who = who or line.agent or say("Our team")
    note = ""
    if entry is not None:  # an answer: its delivery state
        known = _DELIVERY.get(entry.state)
        note = say(known) if known else f"{say('not delivered')}: {entry.reason}"
    elif line.level == Level.ANGRY.value:
        note = say("sounds upset")
    if line.transcribed:
        heard = say("words of a voice note, written down by a machine")
        note = f"{note} · {heard}" if note else heard
    files = [_file(attached) for attached in line.attachments]
    shown = [file for file in files if file is not None]
    text = _SHOWN_KINDS.sub("", line.text) if shown else line.text
    return TimelineEntry(line.at, line.speaker, who, text, note, entry, shown)


def _file(attached: Attachment) -> tuple[str, str] | None:
    if not attached.url.startswith(REFERENCE):
        return None
    return attached.url.removeprefix(REFERENCE), attached.kind


def _work(entries: Sequence[Entry], names: Mapping[int, str], say: Words) -> list[TimelineEntry]:
    """What people did, but for answers in the conversation itself; e-mails are messages too."""
    shown = []
    for entry in entries:
        who = names.get(entry.person_id or 0, say("the desk"))
        if entry.kind == EntryKind.ANSWER.value:
            continue
        if entry.kind in _AS_MAIL:
            came = entry.kind == EntryKind.MAIL_CAME.value
            known = _DELIVERY.get(entry.state, "not delivered")
            note = say("by e-mail") if came else f"{say('by e-mail')}, {say(known)}"
            speaker = ("customer", say("Customer")) if came else ("agent", who)
            shown.append(TimelineEntry(entry.at, *speaker, entry.text, note))
        else:
            shown.append(TimelineEntry(entry.at, "act", who, entry.text, say(entry.kind), entry))
    return shown


def _rating(services: DeskServices, ticket: Ticket, say: Words) -> list[TimelineEntry]:
    query = sa.select(ratings).where(ratings.c.ticket == ticket.reference)
    with services.engine.connect() as db:
        row = db.execute(query).first()
    if row is None or row.score is None:
        return []
    note = f"{say('rated')} {row.score}/5"
    return [TimelineEntry(row.answered_at, "act", say("Customer"), row.comment or "", note)]


def customer_facts(services: DeskServices, ticket: Ticket) -> dict[str, Any]:
    """What is known of the customer: their name where a channel tells it, how often they came."""
    latest = services.conversations.latest(ticket.conversation_id, "user", 20)
    named = (str((event.get("metadata") or {}).get("name") or "") for event in latest)
    heard = services.conversations.last_heard([ticket.conversation_id])
    return {
        "name": next((name for name in named if name), ""),
        "heard": heard.get(ticket.conversation_id),
        "tickets": len(services.tickets.of_customer(ticket.conversation_id)),
    }
