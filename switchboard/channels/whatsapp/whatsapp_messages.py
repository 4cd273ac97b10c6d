"""Converts a message to the customer into calls of the Cloud API, within its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.layout import MARKED, number_choices, split_text, width
from switchboard.channels.platform import Call
from switchboard.channels.whatsapp.whatsapp_arrivals import sign_message
from switchboard.mailroom.message import Button, Card, Outgoing
from switchboard.mailroom.outbox import Delivery

MAX_TEXT, MAX_BODY_TEXT = 4096, 1024
MAX_BUTTONS, MAX_TITLE = 3, 20
MAX_ROWS, MAX_ROW_TITLE = 10, 24
MAX_CARDS = 10
FILE = "file"
"""The method of a call whose file is uploaded before it is sent."""


def write_plain(text: str) -> str:
    """Convert `**bold**` and `[links](https://…)` to WhatsApp's own marks."""
    return MARKED.sub(
        lambda m: f"*{m['bold']}*" if m["bold"] else f"{m['name']}: {m['link']}", text
    )


def is_numbered(message: Outgoing) -> bool:
    """Whether the choices fit neither buttons nor a list, and are written as numbers."""
    if not message.buttons:
        return False
    if message.custom or not message.text.strip():
        return True
    return not (_fit_link(message) or _fit_buttons(message) or _fit_rows(message))


def numbered(message: Outgoing) -> Sequence[Button]:
    """The choices that a customer can select by number."""
    return message.buttons if is_numbered(message) else ()


def write_calls(delivery: Delivery, choose: str) -> list[Call]:
    """The calls that deliver a message, in order; `choose` stands on what opens a list."""
    message, customer = delivery.message, delivery.conversation.split(":", 2)[2]
    contents: list[Mapping[str, Any]] = []
    if message.image:
        contents.append({"type": "image", "image": {"link": message.image}})
    first = len(message.buttons)
    for card in message.cards[:MAX_CARDS]:
        contents.append(_card(card, delivery.id, first))
        first += len(card.buttons)
    if message.custom:
        contents.append(message.custom)
    contents += _texts(message, delivery.id, choose)
    # Phone numbers and ids without one have fields of their own.
    to = {"to" if customer.isdigit() else "recipient": customer}
    envelope = {"messaging_product": "whatsapp", "recipient_type": "individual", **to}
    calls = [Call("messages", {**content, **envelope}) for content in contents]
    if message.file:
        calls.insert(0, Call(FILE, envelope, file=message.file))
    return [_signed(call, delivery.id, part, customer) for part, call in enumerate(calls, 1)]


def _signed(call: Call, delivery: int, part: int, customer: str) -> Call:
    opaque = {"biz_opaque_callback_data": sign_message(delivery, part, customer)}
    return Call(call.method, {**call.body, **opaque}, file=call.file)


def _texts(message: Outgoing, delivery: int, choose: str) -> list[Mapping[str, Any]]:
    if message.custom and not message.text:  # a template says its choices itself
        return []
    text = write_plain(message.text)
    if is_numbered(message):
        text = number_choices(text, message.buttons)
    parts = split_text(text, MAX_TEXT)
    if not message.buttons or is_numbered(message):
        return [_text(part) for part in parts]
    written = [_text(part) for part in parts[:-1]]
    return [*written, _choices(parts[-1], message, delivery, choose)]


def _text(part: str) -> dict[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": part}}


def _choices(body: str, message: Outgoing, delivery: int, choose: str) -> Mapping[str, Any]:
    ids = [f"{delivery}:{number}" for number in range(len(message.buttons))]
    if _fit_link(message):
        return _interactive(_link(message.buttons[0]), body)
    if _fit_buttons(message) and width(body) <= MAX_BODY_TEXT:
        return _interactive(_buttons(message.buttons, ids), body)
    rows = [{"id": i, "title": b.title} for i, b in zip(ids, message.buttons, strict=True)]
    action = {"button": choose[:MAX_TITLE], "sections": [{"rows": rows}]}
    return _interactive({"type": "list", "action": action}, body)


def _interactive(content: Mapping[str, Any], body: str, image: str = "") -> Mapping[str, Any]:
    header = {"header": {"type": "image", "image": {"link": image}}} if image else {}
    return {"type": "interactive", "interactive": {**content, **header, "body": {"text": body}}}


def _buttons(buttons: Sequence[Button], ids: Sequence[str]) -> dict[str, Any]:
    replies = [
        # A payload may be longer than an id, and could be forged there.
        {"type": "reply", "reply": {"id": reference, "title": button.title}}
        for reference, button in zip(ids, buttons, strict=True)
    ]
    return {"type": "button", "action": {"buttons": replies}}


def _link(button: Button) -> dict[str, Any]:
    parameters = {"display_text": button.title, "url": button.url}
    return {"type": "cta_url", "action": {"name": "cta_url", "parameters": parameters}}


def _fit_link(message: Outgoing) -> bool:
    """One button that is a link has a form of its own."""
    only = len(message.buttons) == 1 and message.buttons[0]
    return bool(only and only.url) and _are_short(message.buttons, MAX_TITLE) and _is_body(message)


def _is_body(message: Outgoing) -> bool:
    return 0 < width(write_plain(message.text)) <= MAX_BODY_TEXT


def _fit_buttons(message: Outgoing) -> bool:
    fit = len(message.buttons) <= MAX_BUTTONS and _are_short(message.buttons, MAX_TITLE)
    return fit and not any(button.url for button in message.buttons) and _differ(message.buttons)


def _fit_rows(message: Outgoing) -> bool:
    fit = len(message.buttons) <= MAX_ROWS and _are_short(message.buttons, MAX_ROW_TITLE)
    return fit and not any(button.url for button in message.buttons)


def _are_short(buttons: Sequence[Button], most: int) -> bool:
    return all(width(button.title) <= most for button in buttons)


def _differ(buttons: Sequence[Button]) -> bool:
    return len({button.title for button in buttons}) == len(buttons)


def _card(card: Card, delivery: int, first: int) -> Mapping[str, Any]:
    """A card as a picture with its words and up to three of its buttons, else as its words."""
    words = write_plain("\n".join(part for part in (card.title, card.subtitle) if part))
    body = words[:MAX_BODY_TEXT]
    plain = Outgoing(body, card.buttons)
    if body and card.buttons and _fit_link(plain):
        return _interactive(_link(card.buttons[0]), body, card.image)
    if body and card.buttons and _fit_buttons(plain):
        ids = [f"{delivery}:{first + number}" for number in range(len(card.buttons))]
        return _interactive(_buttons(card.buttons, ids), body, card.image)
    if card.image:
        return {"type": "image", "image": {"link": card.image, "caption": body}}
    links = number_choices(words, [button for button in card.buttons if button.url])
    return _text(links[:MAX_TEXT])
