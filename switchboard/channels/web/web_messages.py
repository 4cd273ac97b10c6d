"""A message to the chat on the shop's page, in the shape of Rasa's own socket channel.

{"id": "17.0", "author": "bot", "at": 1790000000.0, "text": "…",
 "quick_replies": [{"title": …, "payload": …}]}
{"id": "17.1", "author": "agent", "agent": "Ada", "at": …,
 "attachment": {"type": "image", "payload": {"src": …}}}

The `src` of a stored file is relative to the script's own address.
"""

from __future__ import annotations

from typing import Any

from switchboard.mailroom.message import Button, Card, Outgoing
from switchboard.mailroom.outbox import Delivery


def write_messages(delivery: Delivery) -> list[dict[str, Any]]:
    """The messages for the widget, in order; ids are stable across retries."""
    message = delivery.message
    contents: list[dict[str, Any]] = []
    if message.file:
        payload = {"src": f"files/{message.file.id}", "name": message.file.name}
        kind = "image" if message.file.is_picture else "file"
        contents.append({"attachment": {"type": kind, "payload": payload}})
    if message.image:
        contents.append({"attachment": {"type": "image", "payload": {"src": message.image}}})
    first = len(message.buttons)
    for card in message.cards:
        contents.append(_card(card, delivery.id, first))
        first += len(card.buttons)
    if message.custom:
        contents.append({"custom": dict(message.custom)})
    if message.text.strip():
        contents.append(_text(message, delivery.id))
    said: dict[str, Any] = {"author": message.author, "at": delivery.created_at}
    if message.agent:
        said["agent"] = message.agent
    return [
        {"id": f"{delivery.id}.{number}", **said, **content}
        for number, content in enumerate(contents)
    ]


def _text(message: Outgoing, delivery_id: int) -> dict[str, Any]:
    content: dict[str, Any] = {"text": message.text}
    if message.buttons:
        content["quick_replies"] = _replies(message.buttons, delivery_id, 0)
    return content


def _replies(buttons: tuple[Button, ...], delivery_id: int, first: int) -> list[dict[str, str]]:
    return [_reply(button, f"{delivery_id}:{n}") for n, button in enumerate(buttons, first)]


def _reply(button: Button, reference: str) -> dict[str, str]:
    if button.url:
        return {"content_type": "web_url", "title": button.title, "url": button.url}
    # The payload stays here: what a page sends back could be anything.
    return {"content_type": "text", "title": button.title, "payload": reference}


def _card(card: Card, delivery_id: int, first: int) -> dict[str, Any]:
    element = {
        "title": card.title,
        "subtitle": card.subtitle,
        "image_url": card.image,
        "buttons": _replies(card.buttons, delivery_id, first),
    }
    payload = {"template_type": "generic", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}
