"""Reads messages and events of an official account; implements the table in `docs/wechat.md`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import geo, is_shallow, string
from switchboard.clock import epoch_now
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.text.typed_text import typed

MEDIA = "wechat-media:"
"""Before the number of what a customer sent: an address would hold the account's token."""
_WORDLESS = f"/{ATTACHMENT_INTENT}"
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_KINDS = {"image": "image", "voice": "audio", "video": "video", "shortvideo": "video"}
_GREETED = {"subscribe", "scan"}
_HEARD = _GREETED | {"click", "unsubscribe"}
_FIRST, _DAY = 1_300_000_000, 86_400.0
_QR = "qrscene_"


def read_wechat_arrival(app_id: str, message: Mapping[str, Any]) -> Arrival | None:
    """The event with its conversation; None for one that needs no turn."""
    customer = string(message.get("FromUserName"))
    if not _OPENID.fullmatch(customer) or not is_shallow(message):
        return None
    if not is_unsubscribed(message) and read_wechat(message) is None:
        return None
    order = _moment(message.get("CreateTime")) * 1000
    return Arrival(_event_id(message), f"wechat:{app_id}:{customer}", message, order=order)


def is_event(message: Mapping[str, Any]) -> bool:
    """Whether the customer did something other than write: it allows fewer messages."""
    return string(message.get("MsgType")).lower() == "event"


def is_recognized(message: Mapping[str, Any]) -> bool:
    """Whether the words are what WeChat itself heard in a voice message."""
    spoken = string(message.get("MsgType")).lower() == "voice"
    return spoken and bool(typed(string(message.get("Recognition"))))


def is_unsubscribed(message: Mapping[str, Any]) -> bool:
    """Whether the customer left the account."""
    return _event(message) == "unsubscribe"


def read_wechat(message: Mapping[str, Any]) -> Incoming | None:
    """The customer's message; None for what is not one."""
    kind = string(message.get("MsgType")).lower()
    if kind == "event":
        return _read_event(message)
    if kind == "text":
        text = typed(string(message.get("Content")))
        return Incoming(text) if text else None
    if not kind:
        return None
    attached = _attachment(kind, message)
    metadata: dict[str, Any] = {"attachments": [attached]} if attached else {}
    said = typed(string(message.get("Recognition"))) if kind == "voice" else ""
    # What WeChat heard in a voice message is the customer's text.
    return Incoming(said, metadata) if said else Incoming(_WORDLESS, metadata, command=True)


def _read_event(message: Mapping[str, Any]) -> Incoming | None:
    event, key = _event(message), string(message.get("EventKey")).strip()
    if event == "click":
        return Incoming(key, command=True) if key else None
    if event not in _GREETED:
        return None
    start = key.removeprefix(_QR)
    return Incoming("/greet", {"start": start[:200]} if start else {}, command=True)


def _event(message: Mapping[str, Any]) -> str:
    if not is_event(message):
        return ""
    event = string(message.get("Event")).lower()
    return event if event in _HEARD else ""


def _attachment(kind: str, message: Mapping[str, Any]) -> dict[str, str] | None:
    if kind == "location":
        place = [_number(message.get(name)) for name in ("Location_X", "Location_Y")]
        url = geo(*place)
        return {"kind": "location", "url": url} if url else None
    if kind == "link":
        url = string(message.get("Url"))
        return {"kind": "file", "url": url} if url.startswith(("http://", "https://")) else None
    media = string(message.get("MediaId"))
    return {"kind": _KINDS.get(kind, "file"), "url": f"{MEDIA}{media}"} if media else None


def _number(value: object) -> float | None:
    text = value if isinstance(value, str) else ""
    return float(text) if re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", text, re.ASCII) else None


def _event_id(message: Mapping[str, Any]) -> str:
    """An id that all tries of a delivery have: `MsgId`, or for events all that they say."""
    number = string(message.get("MsgId"))
    if re.fullmatch(r"\d{1,20}", number, re.ASCII):
        return number
    told = json.dumps(message, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _moment(value: object) -> float:
    """Seconds since the epoch; now for a time that cannot be."""
    now, text = epoch_now(), value if isinstance(value, str) else ""
    if re.fullmatch(r"\d{10}", text, re.ASCII) and _FIRST <= int(text) <= now + _DAY:
        return float(text)
    return now
