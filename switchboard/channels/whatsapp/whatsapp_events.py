"""Reads WhatsApp messages; implements the table in `docs/whatsapp.md`.

Follows the webhook reference of developers.facebook.com/documentation/business-messaging/whatsapp.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import BORROWED, geo, inner, mappings, string
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.message import Incoming
from switchboard.text.typed_text import typed

MEDIA = "whatsapp-media:"
"""Prefix of a media id in metadata. The address behind it lasts minutes, and needs the token."""
_WORDLESS = f"/{ATTACHMENT_INTENT}"
_KINDS = {
    "image": "image",
    "sticker": "image",
    "audio": "audio",
    "video": "video",
    "document": "file",
}
_SENT_BY_PEOPLE = {
    *("gif", "group_invite", "image", "interactive", "list", "location", "media_placeholder"),
    *("order", "poll_creation", "product"),
}
"""What the API does not hand on, though a person sent it; of its other notes nothing is missed."""
_PRESSED = ("button_reply", "list_reply")


def pressed_reference(message: Mapping[str, Any]) -> str:
    """The id of the reply button or list row that a customer chose; empty for all else."""
    return string(_chosen(message).get("id"))


def read_message(message: Mapping[str, Any]) -> Incoming | None:
    """What a customer said; None for reactions, deletions, changed numbers and the like.

    A chosen button is read as its title here: who knows its payload looks for `pressed_reference`.
    """
    metadata = _metadata(message)
    attached = _attached(message)
    if attached:
        metadata["attachments"] = [attached]
    text = typed(_words(message))
    if text:
        return Incoming(text, metadata)
    return Incoming(_WORDLESS, metadata, command=True) if _is_said(message) else None


def _words(message: Mapping[str, Any]) -> str:
    kind = string(message.get("type"))
    if kind == "contacts":
        return _phone(message)
    content = inner(message, kind)
    found = {
        "text": content.get("body"),
        # Of our templates' buttons; what they carry is in the customer's hand, so it is no command.
        "button": content.get("text"),
        "interactive": _chosen(message).get("title"),
        "order": content.get("text"),
    }.get(kind, content.get("caption") if kind in _KINDS else "")
    return string(found)


def _is_said(message: Mapping[str, Any]) -> bool:
    """Whether a message without words is a person's, who waits for an answer."""
    kind = string(message.get("type"))
    if kind == "unsupported":
        what = string(inner(message, "unsupported").get("type"))
        return not what or what in _SENT_BY_PEOPLE  # without a kind, it may have been words
    return kind in _KINDS or kind in ("location", "contacts", "order")


def _chosen(message: Mapping[str, Any]) -> Mapping[str, Any]:
    reply = inner(message, "interactive")
    return next((inner(reply, kind) for kind in _PRESSED if inner(reply, kind)), {})


def _attached(message: Mapping[str, Any]) -> dict[str, str]:
    kind = string(message.get("type"))
    content = inner(message, kind)
    if kind == "location":
        url = geo(content.get("latitude"), content.get("longitude"))
        return {"kind": "location", "url": url} if url else {}
    number = string(content.get("id"))
    if kind not in _KINDS or not number.isascii() or not number.isalnum() or len(number) > 100:
        return {}
    return {"kind": _KINDS[kind], "url": f"{MEDIA}{number}"}


def _phone(message: Mapping[str, Any]) -> str:
    for contact in mappings(message.get("contacts")):
        for phone in mappings(contact.get("phones")):
            return string(phone.get("phone"))
    return ""


def _metadata(message: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    context = inner(message, "context")
    reply = string(context.get("id"))
    if reply:
        found["reply_to"] = reply[:200]
    if context.get("forwarded") or context.get("frequently_forwarded"):
        found[BORROWED] = True
    advert = string(inner(message, "referral").get("source_id"))
    if advert:
        found["start"] = advert[:200]
    return found
