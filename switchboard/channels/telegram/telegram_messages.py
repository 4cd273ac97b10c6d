"""Converts a message to the customer into calls of the Bot API, within its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from switchboard.channels.layout import MARKED, split_text, width
from switchboard.channels.platform import Call
from switchboard.mailroom.message import Button, Card, Outgoing
from switchboard.mailroom.outbox import Delivery

MAX_TEXT = 4096
PART = 3500
"""Length of a plain text part; leaves room for what Markdown escapes add."""
MAX_CAPTION, MAX_TITLE, MAX_ROWS = 1024, 60, 50
_SPECIAL = re.compile(r"([_*\[\]()~`>#+\-=|{}.!\\])")


def escape(text: str) -> str:
    """Escape plain text for Telegram's MarkdownV2."""
    return _SPECIAL.sub(r"\\\1", text)


def write_markdown(text: str) -> str:
    """Convert `**bold**` and `[links](https://…)` to MarkdownV2; escape all else."""
    written, end = [], 0
    for match in MARKED.finditer(text):
        written.append(escape(text[end : match.start()]))
        if match["bold"]:
            written.append(f"*{escape(match['bold'])}*")
        else:
            link = match["link"].replace("\\", "\\\\").replace(")", "\\)")
            written.append(f"[{escape(match['name'])}]({link})")
        end = match.end()
    return "".join(written) + escape(text[end:])


def write_calls(delivery: Delivery) -> list[Call]:
    """The calls that deliver a message, in order."""
    message = delivery.message
    chat: dict[str, Any] = {"chat_id": int(delivery.conversation.split(":")[1])}
    calls = []
    if message.file:
        method = "sendPhoto" if message.file.is_picture else "sendDocument"
        calls.append(Call(method, chat, file=message.file))
    if message.image:
        calls.append(Call("sendPhoto", {**chat, "photo": message.image}))
    first = len(message.buttons)
    for card in message.cards:
        calls.append(_card(card, chat, _keyboard(card.buttons, delivery.id, first)))
        first += len(card.buttons)
    if message.custom:
        rest = {key: value for key, value in message.custom.items() if key != "method"}
        calls.append(Call(str(message.custom.get("method") or "sendMessage"), {**rest, **chat}))
    return calls + _texts(message, chat, _keyboard(message.buttons, delivery.id, 0))


def _texts(message: Outgoing, chat: Mapping[str, Any], keyboard: Mapping[str, Any]) -> list[Call]:
    parts = split_text(message.text, PART)
    return [
        _text(part, {**chat, **(keyboard if number == len(parts) else {})})
        for number, part in enumerate(parts, 1)
    ]


def _text(part: str, more: Mapping[str, Any]) -> Call:
    plain = {**more, "text": part, "link_preview_options": {"is_disabled": True}}
    written = write_markdown(part)
    if written == part or width(written) > MAX_TEXT:
        return Call("sendMessage", plain)
    # If Telegram rejects the Markdown, the customer gets the plain text.
    marked = {**plain, "text": written, "parse_mode": "MarkdownV2"}
    return Call("sendMessage", marked, Call("sendMessage", plain))


def _card(card: Card, chat: Mapping[str, Any], keyboard: Mapping[str, Any]) -> Call:
    caption = "\n".join(part for part in (card.title, card.subtitle) if part)[:MAX_CAPTION]
    if card.image:
        return Call("sendPhoto", {**chat, **keyboard, "photo": card.image, "caption": caption})
    return Call("sendMessage", {**chat, **keyboard, "text": caption})


def _keyboard(buttons: tuple[Button, ...], delivery_id: int, first: int) -> dict[str, Any]:
    if not buttons:
        return {}
    rows = [
        [_button(button, f"{delivery_id}:{number}")]
        for number, button in enumerate(buttons[:MAX_ROWS], first)
    ]
    return {"reply_markup": {"inline_keyboard": rows}}


def _button(button: Button, reference: str) -> dict[str, str]:
    title = button.title[:MAX_TITLE]
    if button.url:
        return {"text": title, "url": button.url}
    # A payload may exceed Telegram's limit of 64 bytes, and could be forged there.
    return {"text": title, "callback_data": reference}
