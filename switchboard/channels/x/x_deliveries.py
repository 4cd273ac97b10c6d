"""What X's webhooks deliver, by either of its two products: events of one account.

The Account Activity API says `for_user_id` and lists of events; the X Activity API wraps one event
of a named type. The direct messages within are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from switchboard.channels.payload import inner, is_shallow, mappings, string
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_FIRST_MS = 1_143_000_000_000
"""2006, before which there was no X."""
_DAY_MS = 86_400_000
_WRAPPED = ("dm.received", "dm.sent")


def read_id(value: object) -> str:
    """An id of X as text; they are too large for numbers in JSON. Empty for anything else."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def messages(body: Mapping[str, Any], account: str) -> Iterator[Mapping[str, Any]]:
    """The direct messages of a delivery for this account, each with its sender's `name`."""
    delivered = _delivered(body, account)
    people = inner(delivered, "users")
    for event in mappings(delivered.get("direct_message_events")):
        if event.get("type") == "message_create" and is_shallow(event) and read_id(event.get("id")):
            person = inner(people, sender_of(event))
            named = person.get("name") or inner(person, "data").get("name")
            yield {**event, "name": string(named)[:200]}


def sender_of(event: Mapping[str, Any]) -> str:
    """The id of a message's sender; empty without one."""
    return read_id(inner(event, "message_create").get("sender_id"))


def recipient_of(event: Mapping[str, Any]) -> str:
    """The id of a message's recipient; empty without one."""
    return read_id(inner(event, "message_create", "target").get("recipient_id"))


def read_arrivals(body: Mapping[str, Any], account: str) -> list[Arrival]:
    """The direct messages of customers to this account."""
    return [
        Arrival(f"dm:{event['id']}", f"x:{account}:{sender}", event, order=_order(event))
        for event in messages(body, account)
        if (sender := sender_of(event)) not in ("", account) and recipient_of(event) == account
    ]


def sent_at(event: Mapping[str, Any]) -> float:
    """When a message was sent, in milliseconds since the epoch; now for a time that cannot be."""
    now, told = epoch_now() * 1000, event.get("created_timestamp")
    moment = float(told) if isinstance(told, str) and re.fullmatch(r"\d{1,15}", told) else 0.0
    return moment if _FIRST_MS <= moment <= now + _DAY_MS else now


def _delivered(body: Mapping[str, Any], account: str) -> Mapping[str, Any]:
    """The part of a delivery with lists of events; empty if it is for another account."""
    if read_id(body.get("for_user_id")) == account:
        return body
    wrapped = inner(body, "data")
    for_account = read_id(inner(wrapped, "filter").get("user_id")) == account
    return (
        inner(wrapped, "payload") if for_account and wrapped.get("event_type") in _WRAPPED else {}
    )


def _order(event: Mapping[str, Any]) -> float:
    """The time, and within a millisecond the order of the ids, whose low 22 bits tell it."""
    return sent_at(event) + (int(event["id"]) & 0x3FFFFF) / 0x400000
