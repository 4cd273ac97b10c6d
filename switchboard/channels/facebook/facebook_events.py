"""Reads Messenger events; implements the table in `docs/channels.md`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.payload import geo, inner, mappings, string
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import PartReceipt
from switchboard.text.typed_text import typed

PAGE_INBOX = "263902037430900"
"""The app id of Meta's own inbox on messages written there."""
OURS = "switchboard"
"""The `metadata` of messages that we send begins with it; echoes return it."""
_NUMBERED = re.compile(rf"{OURS}:(\d{{1,18}}):(\d{{1,4}})", re.ASCII)
_WORDLESS = f"/{ATTACHMENT_INTENT}"
_KINDS = {"image", "audio", "video", "file", "location"}
_THUMBS = {369239263222822, 369239343222814, 369239383222810}


def written_in_page_inbox(event: Mapping[str, Any]) -> str | None:
    """The text that shop staff wrote in the page's inbox; None for any other event."""
    message = inner(event, "message")
    if not message.get("is_echo") or string(message.get("metadata")).startswith(OURS):
        return None
    app = message.get("app_id")
    return string(message.get("text")) if app is None or str(app) == PAGE_INBOX else None


def sign_part(delivery: int, part: int) -> str:
    """The `metadata` of a part of a delivery, by which its echo tells that it arrived."""
    return f"{OURS}:{delivery}:{part}"


def read_receipt(event: Mapping[str, Any], conversation: str) -> PartReceipt | None:
    """What the echo of a message of ours confirms."""
    message = inner(event, "message")
    told = _NUMBERED.fullmatch(string(message.get("metadata")))
    if not message.get("is_echo") or not told:
        return None
    return PartReceipt(conversation, int(told[1]), int(told[2]))


def read_events(events: Sequence[Mapping[str, Any]]) -> Incoming | None:
    """The customer's message from one event, or from pictures and their words."""
    found = [message for event in events if (message := read_event(event))]
    if len(found) < 2:
        return found[0] if found else None
    told = next((message for message in found if message.text != _WORDLESS), found[0])
    attached = [each for message in found for each in message.metadata.get("attachments", ())]
    metadata = {**told.metadata, "attachments": attached}
    return Incoming(told.text, metadata, command=told.command)


def read_event(event: Mapping[str, Any]) -> Incoming | None:
    """The customer's message; None for echoes, reads, reactions, deletions and the like."""
    message = inner(event, "message")
    if message:
        return _message(message)
    edited = typed(string(inner(event, "message_edit").get("text")))
    if edited:
        return Incoming(edited, {"edited": True})
    payload = string(inner(event, "postback").get("payload")).strip()
    if payload:
        return Incoming(payload, _referral(inner(event, "postback").get("referral")), command=True)
    return None


def is_picture_alone(event: Mapping[str, Any]) -> bool:
    """Whether it is a message of attachments without a word."""
    message = read_event(event)
    return message is not None and message.text == _WORDLESS and bool(message.metadata)


def is_text_alone(event: Mapping[str, Any]) -> bool:
    """Whether it is a typed message without attachments."""
    message = inner(event, "message")
    read = read_event(event) if string(message.get("text")) else None
    return read is not None and not message.get("attachments") and not message.get("quick_reply")


def _message(message: Mapping[str, Any]) -> Incoming | None:
    if message.get("is_echo") or message.get("is_deleted"):
        return None
    chosen = string(inner(message, "quick_reply").get("payload")).strip()
    sent = _sent(message)
    attached = [found for entry in sent if (found := _attachment(entry))]
    metadata: dict[str, Any] = {"attachments": attached} if attached else {}
    reply = string(inner(message, "reply_to").get("mid"))
    if reply:
        metadata["reply_to"] = reply
    text = chosen or typed(string(message.get("text")))
    if not text and _is_thumb(message):
        text, metadata = "👍", {}
    if text:
        return Incoming(text, metadata, command=bool(chosen))
    wordless = sent or message.get("sticker_id") or message.get("is_unsupported")
    return Incoming(_WORDLESS, metadata, command=True) if wordless else None


def _sent(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The attachments; a mention in a story is said to the customer's followers, not to us."""
    listed = mappings(message.get("attachments"))
    return [entry for entry in listed if entry.get("type") != "story_mention"]


def _is_thumb(message: Mapping[str, Any]) -> bool:
    stickers = [message.get("sticker_id")]
    for entry in mappings(message.get("attachments")):
        stickers.append(inner(entry, "payload").get("sticker_id"))
    return any(isinstance(sticker, int) and sticker in _THUMBS for sticker in stickers)


def _attachment(entry: Mapping[str, Any]) -> dict[str, str] | None:
    payload, kind = inner(entry, "payload"), string(entry.get("type"))
    url = string(payload.get("url"))
    if kind == "location":
        place = inner(payload, "coordinates")
        url = geo(place.get("lat"), place.get("long"))
    # A shared post or a story counts as a file.
    return {"kind": kind if kind in _KINDS else "file", "url": url} if url else None


def _referral(value: object) -> dict[str, Any]:
    reference = string(value.get("ref")) if isinstance(value, Mapping) else ""
    return {"start": reference[:200]} if reference else {}
