"""Reads Telegram updates; implements the table in `docs/channels.md`.

Follows core.telegram.org/bots/api#update.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.channels.payload import inner, read_person
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.mailroom.inbox import Arrival
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
}
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The update types requested from Telegram; others need no answer."""
GROUPS = ("group", "supergroup")
_MESSAGES = ("message", "edited_message")
_KINDS = {
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "document": "file",
}


@dataclass(frozen=True)
class Bot:
    """Our bot on Telegram; `username` without the @."""

    id: int
    username: str


def message_of(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new or edited message, or the one with the pressed button."""
    for name in _MESSAGES:
        if inner(update, name):
            return inner(update, name)
    return inner(update, "callback_query", "message")


def read_arrival(update: Mapping[str, Any]) -> Arrival | None:
    """The arrival of an update; None if it belongs to no customer's conversation."""
    number = update.get("update_id")
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    member = inner(update, "my_chat_member")
    chat = inner(member, "chat") or inner(message_of(update), "chat")
    person = inner(update, "callback_query", "from") or inner(message_of(update) or member, "from")
    kind, chat_id, person_id = chat.get("type"), chat.get("id"), person.get("id")
    if not isinstance(chat_id, int) or not isinstance(person_id, int) or person.get("is_bot"):
        return None
    if kind == "private":
        conversation = f"telegram:{chat_id}"
    elif kind in GROUPS and not member:
        conversation = f"telegram:{chat_id}:{person_id}"
    else:
        return None
    album = message_of(update).get("media_group_id")
    return Arrival(str(number), conversation, update, str(album or ""))


def is_blocking(update: Mapping[str, Any]) -> bool:
    """Whether the customer has blocked the bot."""
    status = inner(update, "my_chat_member", "new_chat_member").get("status")
    return status in ("kicked", "left")


def needs_bot(update: Mapping[str, Any]) -> bool:
    """Whether the bot's own name is needed to tell if the message is for it."""
    return inner(message_of(update), "chat").get("type") in GROUPS


def read_updates(updates: Sequence[Mapping[str, Any]], bot: Bot | None) -> Incoming | None:
    """The customer's message from one update or an album; None if no answer is needed.

    In a group, only messages to the bot: with its name, or replies to it.
    """
    message = message_of(updates[0])
    text = _text(message)
    if bot is not None and needs_bot(updates[0]):
        if not _is_for(bot, message, text):
            return None
        text = _without_name(text, bot)
    metadata = _metadata(updates)
    command, _, rest = text.partition(" ")
    if command.startswith("/"):
        return _command(command[1:].partition("@")[0].lower(), rest.strip(), metadata)
    text = typed(text)
    if text:
        return Incoming(text, metadata)
    attached = Incoming(f"/{ATTACHMENT_INTENT}", metadata, command=True)
    return attached if metadata.get("attachments") else None


def _text(message: Mapping[str, Any]) -> str:
    for value in (
        message.get("text"),
        message.get("caption"),
        inner(message, "sticker").get("emoji"),
        inner(message, "dice").get("emoji"),
        inner(message, "contact").get("phone_number"),
    ):
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _is_for(bot: Bot, message: Mapping[str, Any], text: str) -> bool:
    name = re.compile(rf"@{re.escape(bot.username)}(?!\w)", re.IGNORECASE)
    return inner(message, "reply_to_message", "from").get("id") == bot.id or bool(name.search(text))


def _without_name(text: str, bot: Bot) -> str:
    words = text.split(" ")
    name = f"@{bot.username}".lower()
    return " ".join(w for w in words if w.strip(".,!?:;").lower() != name).strip()


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


def _metadata(updates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = message_of(updates[0])
    metadata: dict[str, Any] = {}
    attached = [found for update in updates if (found := _attachment(message_of(update)))]
    if attached and not inner(updates[0], "callback_query"):
        metadata["attachments"] = attached
    if "edited_message" in updates[0]:
        metadata["edited"] = True
    replied = inner(first, "reply_to_message").get("message_id")
    if isinstance(replied, int):
        metadata["reply_to"] = str(replied)
    return metadata


def read_sender(update: Mapping[str, Any]) -> dict[str, str]:
    """First name and language of the customer."""
    person = inner(update, "callback_query", "from") or inner(message_of(update), "from")
    return read_person(person.get("first_name"), person.get("language_code"))


def _attachment(message: Mapping[str, Any]) -> dict[str, str] | None:
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes and isinstance(sizes[-1], Mapping):
        file = sizes[-1].get("file_id")
        return _file("image", file, "image/jpeg") if isinstance(file, str) else None
    place = inner(message, "location") or inner(message, "venue", "location")
    if place:
        return {"kind": "location", "url": f"geo:{place.get('latitude')},{place.get('longitude')}"}
    for name, kind in _KINDS.items():
        file, mime = inner(message, name).get("file_id"), inner(message, name).get("mime_type")
        if isinstance(file, str):
            mime = mime if isinstance(mime, str) else ""
            return _file("image" if mime.startswith("image/") else kind, file, mime)
    return None


def _file(kind: str, file_id: str, mime: str) -> dict[str, str]:
    return {"kind": kind, "url": f"{FILE}{file_id}", "mime": mime}
