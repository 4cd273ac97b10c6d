"""The story of a conversation, built from its events for the person who takes it over.

Events are dictionaries as Rasa serialises them (`event`, `text`, `parse_data`, `name`, …).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from switchboard.conversations.attachments import (
    TRANSCRIBED,
    Attachment,
    describe,
    read_attachments,
)
from switchboard.conversations.routes import Decision
from switchboard.conversations.turns import (
    ATTACHMENT_INTENT,
    CONTINUES,
    MOOD,
    OPEN_INTENT,
    PERSON_INTENT,
    SMALL_TALK,
    THIS_MESSAGE,
    UPSET_INTENT,
)
from switchboard.mailroom.message import AGENT
from switchboard.text.storable import clean_text
from switchboard.tickets.entries import ENTRY_KEY

MAX_LINE = 2000
_PAYLOAD = re.compile(r"/([a-z_]{1,64})(?:\{.*\})?\Z", re.DOTALL)
MAX_TRANSCRIPT_TURNS = 200
_NO_WISH = SMALL_TALK | {"", UPSET_INTENT, PERSON_INTENT}


@dataclass(frozen=True)
class Story:
    """The columns of a ticket that describe what happened."""

    reason: str
    reason_text: str
    mood: float | None
    asked: str
    tried: str
    order_number: str | None
    order_proved: bool
    summary: str
    transcript: str


@dataclass(frozen=True)
class Line:
    """One message of a conversation.

    `intent`, `mood` (its anger) and `level` (a value of `moods.Level`) are those of a customer
    message, `entry` the ticket entry id of an agent's answer.
    """

    speaker: str
    text: str
    at: float
    intent: str = ""
    mood: float | None = None
    level: str = ""
    entry: int | None = None
    attachments: tuple[Attachment, ...] = ()
    agent: str = ""
    transcribed: bool = False


def original_intent(parse_data: Mapping[str, Any]) -> str:
    """The classifier's intent, before a router replaced it."""
    names = [str(entry.get("name") or "") for entry in parse_data.get("intent_ranking") or ()]
    name = str((parse_data.get("intent") or {}).get("name") or "")
    return names[1] if name == UPSET_INTENT and len(names) > 1 else name


def read_lines(events: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The messages among the events, oldest first, each cut to `MAX_LINE` characters."""
    lines: list[Line] = []
    for event in events:
        text = clean_text(str(event.get("text") or "")[:MAX_LINE])
        at = float(event.get("timestamp") or 0.0)
        data = event.get("parse_data") or {}
        if data.get(CONTINUES):  # no new words: an earlier message, interpreted differently
            if data[CONTINUES] == THIS_MESSAGE and lines and lines[-1].speaker == "customer":
                lines[-1] = replace(lines[-1], intent=original_intent(data))
        elif event.get("event") == "user" and text:
            text = _pressed(text, event.get("metadata"))
            attached = describe(event.get("metadata"))
            wordless = text.startswith(f"/{ATTACHMENT_INTENT}")
            text = f"{'' if wordless else text} {attached}".strip() or text
            mood, sent = data.get(MOOD) or {}, tuple(read_attachments(event.get("metadata")))
            anger, level = mood.get("anger"), str(mood.get("level") or "")
            line = Line("customer", text, at, original_intent(data), anger, level, attachments=sent)
            heard = bool((event.get("metadata") or {}).get(TRANSCRIBED))
            lines.append(replace(line, transcribed=heard))
        elif event.get("event") == "bot":
            metadata = event.get("metadata") or {}
            sent = tuple(read_attachments(metadata))
            if not (text or sent):
                continue
            speaker = "agent" if metadata.get("author") == AGENT else "bot"
            text = f"{text} {describe(metadata)}".strip()
            entry, agent = metadata.get(ENTRY_KEY), str(metadata.get("agent") or "")
            lines.append(Line(speaker, text, at, entry=entry, attachments=sent, agent=agent))
    return lines


def _pressed(text: str, metadata: object) -> str:
    """What a button said, in place of the payload that it sent: its title where the channel tells
    it, else what it asks for."""
    pressed = _PAYLOAD.match(text)
    if pressed is None or pressed[1] == ATTACHMENT_INTENT:
        return text
    title = metadata.get("title") if isinstance(metadata, Mapping) else None
    return str(title or f"[{pressed[1].replace('_', ' ')}]")


def write_transcript(lines: Sequence[Line]) -> str:
    """One line per message, with the time (UTC)."""
    written = []
    for line in lines[-MAX_TRANSCRIPT_TURNS:]:
        clock = datetime.fromtimestamp(line.at, timezone.utc).strftime("%H:%M:%S")
        text = " ".join(line.text.split())
        written.append(f"{clock}  {line.speaker:<8}  {text}")
    return "\n".join(written)


def _actions(events: Iterable[Mapping[str, Any]]) -> list[str]:
    names = (str(e.get("name") or "") for e in events if e.get("event") == "action")
    skip = ("action_listen", "action_session_start", "action_handoff", "action_extract_slots")
    return [name for name in names if name and name not in skip]


def tell_story(
    events: Sequence[Mapping[str, Any]],
    decision: Decision,
    order_number: str | None,
    order_proved: bool,
    notes: Sequence[str] = (),
) -> Story:
    """Build the story of a conversation for handover; `notes` describe its pictures."""
    lines = read_lines(events)
    customer = [line for line in lines if line.speaker == "customer"]
    wishes = [line for line in customer if line.intent not in _NO_WISH]
    asked = wishes[-1] if wishes else (customer[-1] if customer else Line("customer", "", 0.0))
    tried = list(dict.fromkeys(_actions(events)))
    last_mood = next((line.mood for line in reversed(customer) if line.mood is not None), None)
    names = ("open question" if x.intent == OPEN_INTENT else x.intent for x in wishes)
    topics = list(dict.fromkeys(names))
    why = decision.reason
    parts = [why[:1].upper() + why[1:] + "."]
    if topics:
        parts.append("Topics: " + ", ".join(topics) + ".")
    if order_number:
        proof = "identity proved" if order_proved else "identity not proved"
        parts.append(f"Order {order_number} ({proof}).")
    parts += [f"Picture: {note}" for note in notes]
    parts.append(f"{len(customer)} customer messages. Last wish: “{asked.text[:200]}”")
    return Story(
        reason=decision.cause.value,
        reason_text=why,
        mood=last_mood,
        asked=asked.text,
        tried=", ".join(tried),
        order_number=order_number,
        order_proved=order_proved,
        summary=" ".join(parts),
        transcript=write_transcript(lines),
    )
