"""Reads Messenger events; implements the table in `docs/channels.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import inner
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.message import Incoming
from switchboard.text.typed_text import typed

PAGE_INBOX = "263902037430900"
"""The app id of Meta's own inbox on messages written there."""
OURS = "switchboard"
"""The `metadata` of messages that we send; echoes return it."""
_KINDS = {"image", "audio", "video", "file", "location"}
_THUMBS = {369239263222822, 369239343222814, 369239383222810}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def written_in_page_inbox(event: Mapping[str, Any]) -> str | None:
    """The text that shop staff wrote in the page's inbox; None for any other event."""
    message = inner(event, "message")
    if not message.get("is_echo") or message.get("metadata") == OURS:
        return None
    app = message.get("app_id")
    return _string(message.get("text")) if app is None or str(app) == PAGE_INBOX else None


def read_event(event: Mapping[str, Any]) -> Incoming | None:
    """The customer's message; None for echoes, reads, reactions, deletions and the like."""
    message = inner(event, "message")
    if message:
        return _message(message)
    edited = typed(_string(inner(event, "message_edit").get("text")))
    if edited:
        return Incoming(edited, {"edited": True})
    payload = _string(inner(event, "postback").get("payload"))
    if payload:
        return Incoming(payload, _referral(inner(event, "postback").get("referral")), command=True)
    return None


def _message(message: Mapping[str, Any]) -> Incoming | None:
    if message.get("is_echo") or message.get("is_deleted"):
        return None
    chosen = _string(inner(message, "quick_reply").get("payload"))
    attached = _attachments(message)
    metadata: dict[str, Any] = {"attachments": attached} if attached else {}
    reply = inner(message, "reply_to").get("mid")
    if isinstance(reply, str):
        metadata["reply_to"] = reply
    text = chosen or typed(_string(message.get("text")))
    if not text and _is_thumb(message):
        text, metadata = "👍", {}
    if text:
        return Incoming(text, metadata, command=bool(chosen))
    return Incoming(f"/{ATTACHMENT_INTENT}", metadata, command=True) if attached else None


def _is_thumb(message: Mapping[str, Any]) -> bool:
    listed = message.get("attachments")
    entries = listed if isinstance(listed, list) else []
    stickers = [message.get("sticker_id")]
    stickers += [inner(e, "payload").get("sticker_id") for e in entries if isinstance(e, Mapping)]
    return any(isinstance(sticker, int) and sticker in _THUMBS for sticker in stickers)


def _attachments(message: Mapping[str, Any]) -> list[dict[str, str]]:
    listed = message.get("attachments")
    found = []
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, Mapping):
            continue
        payload, kind = inner(entry, "payload"), entry.get("type")
        url = _string(payload.get("url"))
        if kind == "location":
            place = inner(payload, "coordinates")
            url = f"geo:{place.get('lat')},{place.get('long')}"
        if url:  # a shared post or a story counts as a file
            found.append({"kind": kind if kind in _KINDS else "file", "url": url})
    return found


def _referral(value: object) -> dict[str, Any]:
    reference = value.get("ref") if isinstance(value, Mapping) else None
    return {"start": reference[:200]} if isinstance(reference, str) else {}
