"""Reads Telegram updates; implements the table in `docs/channels.md`.

Follows core.telegram.org/bots/api#update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.payload import (
    BORROWED,
    EDIT_SECONDS,
    geo,
    inner,
    is_whole,
    mark,
    read_person,
    string,
)
from switchboard.channels.telegram.bot_api import MAX_ID
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.message import Incoming
from switchboard.text.language import SPOKEN
from switchboard.text.typed_text import typed

FILE = "telegram-file:"
"""Prefix of a file id in metadata. A file's URL would contain the bot's token."""
COMMANDS = {
    "start": "/greet",
    "help": "/bot_challenge",
    "human": "/contact_human_agent",
    "stop": "/stop",
    "profile": "/profile",
}
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The update types requested from Telegram; others need no answer."""
_MESSAGES = ("message", "edited_message")
_BORROWED = ("forward_origin", "forward_date", "via_bot")
_KINDS = {
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "document": "file",
}
_CONTENTS = (
    *_KINDS,
    *("photo", "live_photo", "sticker", "dice", "contact", "location", "venue", "poll", "story"),
    *("game", "paid_media", "checklist", "invoice", "giveaway"),
)
"""What a person can send; all else that comes as a message is a note of Telegram's."""


def message_of(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new or edited message, or the one with the pressed button."""
    for name in _MESSAGES:
        if inner(update, name):
            return inner(update, name)
    return inner(update, "callback_query", "message")


def said_by(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who wrote, pressed a button, or let the bot in or out."""
    for name in ("callback_query", "my_chat_member"):
        if inner(update, name):
            return inner(update, name, "from")
    return inner(message_of(update), "from")


def is_borrowed(message: Mapping[str, Any]) -> bool:
    """Whether somebody else wrote it: it was forwarded, or comes from another bot."""
    return any(name in message for name in _BORROWED)


def is_blocking(update: Mapping[str, Any]) -> bool:
    """Whether the customer has blocked the bot."""
    status = inner(update, "my_chat_member", "new_chat_member").get("status")
    return status in ("kicked", "left")


def is_stale_edit(update: Mapping[str, Any]) -> bool:
    """Whether it is an edit that asks for no answer: of no text, or long after it was written.

    Telegram sends edits for a reaction, a link's preview and each step of a live location, too.
    """
    message = inner(update, "edited_message")
    if not message:
        return False
    times = message.get("date"), message.get("edit_date")
    if not string(message.get("text")) or not all(is_whole(time, 1, MAX_ID) for time in times):
        return True
    return not 0 <= message["edit_date"] - message["date"] <= EDIT_SECONDS


def text_id(update: Mapping[str, Any], conversation: str) -> str:
    """The id of a text message, equal for its edits with the same text; empty for all else."""
    message = inner(update, "message") or inner(update, "edited_message")
    number, text = message.get("message_id"), string(message.get("text"))
    if not text or not is_whole(number, 1, MAX_ID):
        return ""
    return f"{conversation}:{number}:{mark(text)}"


def read_updates(updates: Sequence[Mapping[str, Any]]) -> Incoming | None:
    """The customer's message from one update or an album; None if no answer is needed."""
    messages = [message_of(update) for update in updates]
    if inner(updates[0], "callback_query") or is_stale_edit(updates[0]):
        return None
    # The caption of an album may stand on any of its pictures.
    text = "\n".join(dict.fromkeys(words for message in messages if (words := _text(message))))
    metadata = _metadata(messages)
    if "edited_message" in updates[0]:
        metadata["edited"] = True
    command, _, rest = text.partition(" ")
    if command.startswith("/") and BORROWED not in metadata:
        return _command(command[1:].partition("@")[0].lower(), rest.strip(), metadata)
    text = typed(text)
    if text:
        return Incoming(text, metadata)
    sent = any(name in message for message in messages for name in _CONTENTS)
    return Incoming(f"/{ATTACHMENT_INTENT}", metadata, command=True) if sent else None


def _text(message: Mapping[str, Any]) -> str:
    for value in (
        message.get("text"),
        message.get("caption"),
        inner(message, "sticker").get("emoji"),
        inner(message, "dice").get("emoji"),
        inner(message, "contact").get("phone_number"),
    ):
        if string(value).strip():
            return string(value).strip()
    return ""


def _command(name: str, rest: str, metadata: dict[str, Any]) -> Incoming | None:
    if name == "language":
        language = rest[:2].lower()
        chosen = {"language": language} if language in SPOKEN else {}
        return Incoming("/greet", {**metadata, **chosen}, command=True)
    if name == "start" and rest:
        metadata["start"] = rest[:64]
    if name in COMMANDS:
        return Incoming(COMMANDS[name], metadata, command=True)
    text = typed(f"{name} {rest}")
    return Incoming(text, metadata) if text else None


def _metadata(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    attached = [found for message in messages if (found := _attachment(message))]
    if attached:
        metadata["attachments"] = attached
    if any(is_borrowed(message) for message in messages):
        metadata[BORROWED] = True
    replied = inner(messages[0], "reply_to_message").get("message_id")
    if is_whole(replied, 1, MAX_ID):
        metadata["reply_to"] = str(replied)
    return metadata


def read_sender(update: Mapping[str, Any]) -> dict[str, str]:
    """First name and language of the customer."""
    person = said_by(update)
    return read_person(person.get("first_name"), person.get("language_code"))


def _attachment(message: Mapping[str, Any]) -> dict[str, str] | None:
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes and isinstance(sizes[-1], Mapping):
        return _file("image", sizes[-1].get("file_id"), "image/jpeg")
    place = inner(message, "location") or inner(message, "venue", "location")
    address = geo(place.get("latitude"), place.get("longitude"))
    if address:
        return {"kind": "location", "url": address}
    for name, kind in _KINDS.items():
        mime = string(inner(message, name).get("mime_type"))
        shown = "image" if mime.startswith("image/") else kind
        found = _file(shown, inner(message, name).get("file_id"), mime)
        if found:
            return found
    return None


def _file(kind: str, file_id: object, mime: str) -> dict[str, str] | None:
    known = string(file_id)
    return {"kind": kind, "url": f"{FILE}{known}", "mime": mime} if known else None
