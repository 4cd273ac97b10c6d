"""Which conversation each event of a Messenger delivery belongs to, if it belongs to one at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from switchboard.channels.facebook.facebook_events import (
    is_picture_alone,
    is_text_alone,
    read_event,
    read_receipt,
    written_in_page_inbox,
)
from switchboard.channels.payload import inner, is_shallow, is_whole, mappings, mark, string
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.outbox import PartReceipt

_PLACES = {"page": "facebook", "instagram": "instagram"}
_ID = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
_FIRST_MS = 1_400_000_000_000
"""2014, before which there were no bots."""
_DAY_MS = 86_400_000
_TOGETHER_MS = 2000
"""Between pictures and their words, which Messenger sends as messages of their own."""
_MAX_MID = 200


def read_arrivals(body: Mapping[str, Any]) -> list[Arrival]:
    """The events of all entries that need an answer, each with its conversation."""
    arrivals: list[Arrival] = []
    for page, event in _events(body):
        arrival = _arrival(page, event, len(arrivals))
        if arrival is not None:
            arrivals.append(arrival)
    return _with_words_to_pictures(arrivals)


def read_receipts(body: Mapping[str, Any]) -> list[PartReceipt]:
    """What the echoes among the events say of our own messages."""
    told = (
        read_receipt(event, f"{page}:{_id(inner(event, 'recipient').get('id'))}")
        for page, event in _events(body)
    )
    return [receipt for receipt in told if receipt is not None]


def _events(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of all entries, each with its page as conversations name it."""
    kind = body.get("object")
    place = _PLACES.get(kind) if isinstance(kind, str) else None
    for entry in mappings(body.get("entry")) if place else ():
        page = _page(entry.get("id"))
        for event in mappings(entry.get("messaging")) if page else ():
            yield f"{place}:{page}", event


def _page(value: object) -> str:
    return _id(str(value) if is_whole(value, 1, 10**20) else value)


def _id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _arrival(page: str, event: Mapping[str, Any], position: int) -> Arrival | None:
    if not is_shallow(event):
        return None
    message = inner(event, "message")
    echo = bool(message.get("is_echo"))
    customer = _id(inner(event, "recipient" if echo else "sender").get("id"))
    # A page that writes to itself is nobody's customer.
    if not customer or page.endswith(f":{customer}") or message.get("is_self"):
        return None
    if read_event(event) is None and written_in_page_inbox(event) is None:
        return None
    event_id = f"{_event_id(event)}{'+echo' if echo else ''}"
    order = _moment(event.get("timestamp")) + min(position, 999) / 1000
    return Arrival(event_id, f"{page}:{customer}", event, order=order)


def _event_id(event: Mapping[str, Any]) -> str:
    """An id that the same event has when it is delivered again, and an edit with the same text."""
    message, edit = inner(event, "message"), inner(event, "message_edit")
    mid = message.get("mid") or edit.get("mid") or inner(event, "postback").get("mid")
    if not mid or string(mid) != mid:
        return _digest(json.dumps(event, sort_keys=True))
    text = string(message.get("text")) or string(edit.get("text"))
    known = mid if len(mid) <= _MAX_MID else _digest(mid)
    return f"{known}:{mark(text)}" if text else known


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(timestamp: object) -> float:
    """Milliseconds since the epoch; now for a time that cannot be."""
    now = epoch_now() * 1000
    if isinstance(timestamp, int | float) and _FIRST_MS <= timestamp <= now + _DAY_MS:
        return float(timestamp)
    return now


def _with_words_to_pictures(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Give pictures and the words next to them, which a customer sent as one, one batch."""
    joined: list[Arrival] = []
    groups: dict[str, list[int]] = {}
    for number, arrival in enumerate(arrivals):
        group = groups.get(arrival.conversation, [])
        if group and not _belongs(arrival, [joined[index] for index in group]):
            group = []
        groups[arrival.conversation] = group = [*group, number]
        joined.append(arrival)
        if len(group) > 1:
            for index in group:
                joined[index] = replace(joined[index], batch=joined[group[0]].event_id)
    return joined


def _belongs(arrival: Arrival, before: Sequence[Arrival]) -> bool:
    if abs(arrival.order - before[-1].order) > _TOGETHER_MS:
        return False
    events = [each.payload for each in (*before, arrival)]
    words = sum(is_text_alone(event) for event in events)
    return words <= 1 and words + sum(is_picture_alone(event) for event in events) == len(events)
