"""Reads what `kf/sync_msg` gives out; implements the table in `docs/wechat.md`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from switchboard.channels.payload import geo, inner, is_shallow, is_whole, mappings, string
from switchboard.clock import epoch_now
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import PartReceipt
from switchboard.text.typed_text import typed

MEDIA = "wecom-media:"
ACCOUNT = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
CUSTOMER, SYSTEM, PERSON = 3, 4, 5
"""The `origin` of a message."""
_WORDLESS = f"/{ATTACHMENT_INTENT}"
_KINDS = {"image": "image", "voice": "audio", "video": "video", "file": "file"}
_OURS = re.compile(r"sb(\d{1,18})_(\d{1,3})_\d{1,11}", re.ASCII)
_FIRST, _DAY = 1_500_000_000, 86_400


class SessionChange(str, Enum):
    """What became of a session."""

    TAKEN = "taken"
    """A person in WeCom has it."""
    ENDED = "ended"


_CHANGES = {
    1: SessionChange.TAKEN,
    2: SessionChange.TAKEN,
    3: SessionChange.ENDED,
    4: SessionChange.TAKEN,
}


@dataclass(frozen=True)
class EventCode:
    """What allows one message in answer to an event, until a time."""

    code: str
    until: float


def sign_message(delivery: int, part: int, created_at: float) -> str:
    """The `msgid` of a part of a delivery: equal for the same part, so that none arrives twice.

    The time keeps those of a database that was begun anew apart.
    """
    return f"sb{delivery}_{part}_{int(created_at)}"


def read_wecom_arrivals(account: str, listed: object, since: float = 0.0) -> list[Arrival]:
    """The messages that need work, each with its conversation; without those sent before a time."""
    found = (_arrival(account, message) for message in mappings(listed))
    return [one for one in found if one is not None and one.order >= since * 1000]


def read_wecom(message: Mapping[str, Any]) -> Incoming | None:
    """The customer's message; None for what is not one. That they came in greets them."""
    if entered(message):
        scene = string(inner(message, "event").get("scene_param"))
        return Incoming("/greet", {"start": scene[:200]} if scene else {}, command=True)
    if message.get("origin") != CUSTOMER:
        return None
    kind = string(message.get("msgtype"))
    if kind == "text":
        text = typed(string(inner(message, "text").get("content")))
        return Incoming(text) if text else None
    if kind in ("", "event"):
        return None
    attached = _attachment(kind, message)
    metadata = {"attachments": [attached]} if attached else {}
    return Incoming(_WORDLESS, metadata, command=True)


def pressed_item(message: Mapping[str, Any]) -> str:
    """The id of a menu's item that was pressed; empty for typed text."""
    if message.get("origin") != CUSTOMER or message.get("msgtype") != "text":
        return ""
    return string(inner(message, "text").get("menu_id"))


def entered(message: Mapping[str, Any]) -> EventCode | None:
    """What allows a welcome, for a customer who came in and may be welcomed."""
    return _code(message, "welcome_code", 20.0) if _event(message) == "enter_session" else None


def session_change(message: Mapping[str, Any]) -> SessionChange | None:
    """What became of the session; None for other messages."""
    change = inner(message, "event").get("change_type")
    if _event(message) != "session_status_change" or not is_whole(change, 1, 4):
        return None
    return _CHANGES[change]


def closing_code(message: Mapping[str, Any]) -> EventCode | None:
    """What allows a last message to a session that ended."""
    ended = session_change(message) is SessionChange.ENDED
    return _code(message, "msg_code", 20.0) if ended else None


def written_by_person(message: Mapping[str, Any]) -> str | None:
    """What a person wrote in WeCom; None for any other message."""
    if message.get("origin") != PERSON:
        return None
    return string(inner(message, "text").get("content"))


def read_failure(message: Mapping[str, Any], conversation: str) -> tuple[PartReceipt, int] | None:
    """The delivery of ours that WeCom took and could not deliver, with the kind of failure."""
    event = inner(message, "event")
    ours = _OURS.fullmatch(string(event.get("fail_msgid")))
    if _event(message) != "msg_send_fail" or ours is None:
        return None
    kind = event.get("fail_type")
    return PartReceipt(conversation, int(ours[1]), int(ours[2])), kind if is_whole(
        kind, 0, 99
    ) else 0


def _arrival(account: str, message: Mapping[str, Any]) -> Arrival | None:
    if not is_shallow(message):
        return None
    about = inner(message, "event") if message.get("msgtype") == "event" else message
    customer = string(about.get("external_userid"))
    where = string(about.get("open_kfid")) or account
    if not ACCOUNT.fullmatch(customer) or not ACCOUNT.fullmatch(where):
        return None
    conversation = f"wecom:{where}:{customer}"
    if not _needs_work(message, conversation):
        return None
    order = _moment(message.get("send_time")) * 1000
    return Arrival(_event_id(message), conversation, message, order=order)


def _needs_work(message: Mapping[str, Any], conversation: str) -> bool:
    return (
        read_wecom(message) is not None
        or written_by_person(message) is not None
        or session_change(message) is not None
        or read_failure(message, conversation) is not None
    )


def _event(message: Mapping[str, Any]) -> str:
    if message.get("msgtype") != "event":
        return ""
    return string(inner(message, "event").get("event_type"))


def _code(message: Mapping[str, Any], name: str, seconds: float) -> EventCode | None:
    code = string(inner(message, "event").get(name))
    return EventCode(code, _moment(message.get("send_time")) + seconds) if code else None


def _attachment(kind: str, message: Mapping[str, Any]) -> dict[str, str] | None:
    told = inner(message, kind)
    if kind == "location":
        url = geo(told.get("latitude"), told.get("longitude"))
        return {"kind": "location", "url": url} if url else None
    if kind == "link":
        url = string(told.get("url"))
        return {"kind": "file", "url": url} if url.startswith(("http://", "https://")) else None
    media = string(told.get("media_id"))
    return {"kind": _KINDS.get(kind, "file"), "url": f"{MEDIA}{media}"} if media else None


def _event_id(message: Mapping[str, Any]) -> str:
    number = string(message.get("msgid"))
    if re.fullmatch(r"[0-9A-Za-z_-]{1,64}", number, re.ASCII):
        return number
    told = json.dumps(message, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _moment(value: object) -> float:
    """Seconds since the epoch; now for a time that cannot be."""
    now = epoch_now()
    return float(value) if is_whole(value, _FIRST, int(now) + _DAY) else now
