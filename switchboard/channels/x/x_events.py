"""Reads the direct messages of X; implements the table in `docs/x.md`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import geo, inner, mappings, string
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.message import Incoming
from switchboard.text.typed_text import typed

_WORDLESS = f"/{ATTACHMENT_INTENT}"
_MAX_LINKS = 50
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_KINDS = {"photo": "image", "video": "video", "animated_gif": "video"}


def read_message(event: Mapping[str, Any]) -> Incoming | None:
    """The customer's message; None for one without anything. A choice is told by `chosen_in`."""
    data = inner(event, "message_create", "message_data")
    attached = inner(data, "attachment")
    found = _attachment(attached)
    metadata: dict[str, Any] = {"attachments": [found]} if found else {}
    text = typed(text_of(event))
    if text:
        return Incoming(text, metadata)
    return Incoming(_WORDLESS, metadata, command=True) if attached else None


def chosen_in(event: Mapping[str, Any]) -> str:
    """What a pressed quick reply refers to, as we named it; empty if none was pressed."""
    response = inner(event, "message_create", "message_data", "quick_reply_response")
    return string(response.get("metadata")) if response.get("type") == "options" else ""


def text_of(event: Mapping[str, Any]) -> str:
    """What was written: X's short links as what they stand for, that of an attachment left out."""
    data = inner(event, "message_create", "message_data")
    text = string(data.get("text"))
    picture = string(inner(data, "attachment", "media").get("url"))
    if picture:
        text = text.replace(picture, "")
    for link in mappings(inner(data, "entities").get("urls"))[:_MAX_LINKS]:
        short, long = string(link.get("url")), string(link.get("expanded_url"))
        if short and long and len(long) <= 2000:
            text = text.replace(short, long, 1)
    return re.sub("|".join(_ESCAPED), lambda found: _ESCAPED[found[0]], text).strip()


def _attachment(attached: Mapping[str, Any]) -> dict[str, str] | None:
    if attached.get("type") == "location":
        shared = inner(attached, "location", "shared_coordinate", "coordinates").get("coordinates")
        pair = shared if isinstance(shared, list) and len(shared) == 2 else (None, None)
        place = geo(pair[1], pair[0])  # GeoJSON tells the longitude first
        return {"kind": "location", "url": place} if place else None
    media = inner(attached, "media")
    address = string(media.get("media_url_https")) or string(media.get("media_url"))
    if not address:
        return None
    kind = media.get("type")
    return {"kind": _KINDS.get(kind, "file") if isinstance(kind, str) else "file", "url": address}
