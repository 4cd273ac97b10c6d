"""Converts a message to the customer into calls of the Send API, within its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.facebook.facebook_events import sign_part
from switchboard.channels.layout import number_choices, split_text, width
from switchboard.channels.platform import Call
from switchboard.mailroom.message import AGENT, Button, Card, Outgoing, SentFile

MAX_TEXT, MAX_TITLE = 2000, 20
MAX_BUTTONS, MAX_BUTTON_TEXT = 3, 640
MAX_QUICK_REPLIES, MAX_PAYLOAD = 13, 1000
MAX_CARDS, MAX_CARD_TEXT = 10, 80


def is_numbered(message: Outgoing, instagram: bool = False) -> bool:
    """Whether the choices do not fit buttons and are written as a list."""
    buttons = message.buttons
    if not buttons:
        return False
    if any(width(b.title) > MAX_TITLE or width(b.payload) > MAX_PAYLOAD for b in buttons):
        return True
    if any(button.url for button in buttons):
        return instagram or not _fit_template(message)
    return len(buttons) > MAX_QUICK_REPLIES


def _fit_template(message: Outgoing) -> bool:
    return len(message.buttons) <= MAX_BUTTONS and 0 < width(message.text) <= MAX_BUTTON_TEXT


def write_calls(
    message: Outgoing, recipient: str, instagram: bool = False, delivery: int = 0
) -> list[Call]:
    """The calls that deliver a message, in order. Their echoes name the delivery and the part."""
    contents: list[tuple[Mapping[str, Any], SentFile | None]] = []
    if message.file:
        kind = "image" if message.file.is_picture else "file"
        upload = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
        contents.append((upload, message.file))
    contents += [(content, None) for content in _contents(message, instagram)]
    return [
        _call({**content, "metadata": sign_part(delivery, part)}, recipient, message.author, file)
        for part, (content, file) in enumerate(contents, 1)
    ]


def _contents(message: Outgoing, instagram: bool) -> list[Mapping[str, Any]]:
    contents: list[Mapping[str, Any]] = []
    if message.image:
        payload = {"url": message.image, "is_reusable": True}
        contents.append({"attachment": {"type": "image", "payload": payload}})
    if message.cards:
        elements = [_card(card) for card in message.cards[:MAX_CARDS]]
        contents.append(_template({"template_type": "generic", "elements": elements}))
    if message.custom:
        contents.append(dict(message.custom))
    return contents + _text(message, instagram)


def _text(message: Outgoing, instagram: bool) -> list[Mapping[str, Any]]:
    text = message.text
    if is_numbered(message, instagram):
        return [{"text": part} for part in split_text(number_choices(text, message.buttons), 2000)]
    parts: list[dict[str, Any]] = [{"text": part} for part in split_text(text, MAX_TEXT)]
    if not message.buttons or not parts:
        return list(parts)
    if _fit_template(message) and not instagram:
        buttons = [_button(button) for button in message.buttons]
        template = {"template_type": "button", "text": text, "buttons": buttons}
        return [_template(template)]
    parts[-1]["quick_replies"] = [
        {"content_type": "text", "title": b.title, "payload": b.payload} for b in message.buttons
    ]
    return list(parts)


def _template(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Button) -> dict[str, str]:
    title = button.title[:MAX_TITLE]
    if button.url:
        return {"type": "web_url", "title": title, "url": button.url}
    return {"type": "postback", "title": title, "payload": button.payload}


def _card(card: Card) -> dict[str, Any]:
    element: dict[str, Any] = {"title": card.title[:MAX_CARD_TEXT]}
    if card.subtitle:
        element["subtitle"] = card.subtitle[:MAX_CARD_TEXT]
    if card.image:
        element["image_url"] = card.image
    if card.buttons:
        element["buttons"] = [_button(button) for button in card.buttons[:MAX_BUTTONS]]
    return element


def _call(
    content: Mapping[str, Any], recipient: str, author: str, file: SentFile | None = None
) -> Call:
    body = {
        "recipient": {"id": recipient},
        "messaging_type": "RESPONSE",
        "message": content,
    }
    # A person may answer for a week with this tag; it is forbidden for bots.
    tagged = {**body, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    instead = Call("messages", tagged, file=file) if author == AGENT else None
    return Call("messages", body, instead, file)


def choices(message: Outgoing, instagram: bool = False) -> Sequence[Button]:
    """The choices that a customer can select by number."""
    return message.buttons if is_numbered(message, instagram) else ()
