"""Converts a message to the customer into calls: texts, a menu, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.choices import all_buttons
from switchboard.channels.layout import octets, split_text
from switchboard.channels.platform import Call
from switchboard.channels.wecom.wecom_events import sign_message
from switchboard.channels.weixin.weixin_words import MAX_TEXT, MOST, full_text, text_parts
from switchboard.mailroom.message import AGENT, Button, Outgoing
from switchboard.mailroom.outbox import Delivery

REPLY, SEND = "reply", "send"
"""What may go out in answer to an event, and what has to be a message of its own."""
MAX_ITEMS, MAX_HEAD, MAX_CLICK, MAX_VIEW = 10, 1024, 128, 1024


def write_calls(delivery: Delivery) -> list[Call]:
    """The calls that deliver a message, in order. Each has a `msgid` of its own."""
    message = delivery.message
    contents = _contents(message, delivery.id)
    if message.file:
        kind = "image" if message.file.is_picture else "file"
        contents.append({"msgtype": kind})
    method = SEND if message.author == AGENT else REPLY
    return [
        Call(
            method if content["msgtype"] in ("text", "msgmenu") else SEND,
            {"msgid": sign_message(delivery.id, part, delivery.created_at), **content},
            file=message.file if content["msgtype"] in ("image", "file") else None,
        )
        for part, content in enumerate(contents, 1)
    ]


def fits_menu(message: Outgoing) -> bool:
    """Whether the choices can be pressed; else they are a numbered list."""
    buttons = all_buttons(message)
    return 0 < len(buttons) <= MAX_ITEMS and all(map(_fits, buttons))


def count_contents(message: Outgoing) -> int:
    """How many messages a message becomes: before a menu, its text is split shorter."""
    return len(_contents(message, 0)) + bool(message.file)


def _fits(button: Button) -> bool:
    if button.url:
        return octets(button.title) <= MAX_VIEW and octets(button.url) <= MAX_TEXT
    return octets(button.title) <= MAX_CLICK


def _contents(message: Outgoing, delivery: int) -> list[dict[str, Any]]:
    custom: list[dict[str, Any]] = [dict(message.custom)] if message.custom else []
    custom = [content for content in custom if content.get("msgtype")]
    if not fits_menu(message):
        return [*custom, *map(_text, text_parts(message))]
    *before, head = split_text(_unnumbered(message), MAX_HEAD, octets) or [""]
    if len(before) >= MOST:
        return [*custom, *map(_text, text_parts(message))]
    return [*custom, *map(_text, before), _menu(head, all_buttons(message), delivery)]


def _unnumbered(message: Outgoing) -> str:
    bare = [message.text, message.image]
    bare += [": ".join(part for part in (c.title, c.subtitle) if part) for c in message.cards]
    return "\n".join(line for line in bare if line.strip()) or full_text(message)


def _text(part: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": part}}


def _menu(head: str, buttons: Sequence[Button], delivery: int) -> dict[str, Any]:
    items = [_item(button, f"{delivery}:{number}") for number, button in enumerate(buttons)]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": items}}


def _item(button: Button, reference: str) -> Mapping[str, Any]:
    if button.url:
        return {"type": "view", "view": {"url": button.url, "content": button.title}}
    return {"type": "click", "click": {"id": reference, "content": button.title}}
