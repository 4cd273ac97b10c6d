"""Converts a message to the customer into calls of X's API.

An account may send fifteen direct messages in a quarter of an hour, to all its customers together:
whatever fits goes into one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.channels.choices import all_buttons
from switchboard.channels.layout import number_choices, split_text, width
from switchboard.channels.platform import Call
from switchboard.mailroom.message import Button, Card, Outgoing
from switchboard.mailroom.outbox import Delivery

MAX_TEXT = 10_000
MAX_OPTIONS, MAX_LABEL = 20, 36
LEGACY = "1.1/direct_messages/events/new.json"


def write_calls(delivery: Delivery, quick_replies: bool = False) -> list[Call]:
    """The calls that deliver a message, in order; with `quick_replies`, choices that fit are
    buttons, and the numbered list that they are else is sent if X refuses them."""
    message, customer = delivery.message, delivery.conversation.split(":", 2)[2]
    path = f"2/dm_conversations/with/{customer}/messages"
    if message.custom:
        return [Call(path, dict(message.custom))]
    buttons = all_buttons(message)
    parts = split_text(number_choices(_text(message), buttons), MAX_TEXT)
    calls = [Call(path, {"text": part}) for part in parts]
    if message.file:
        calls[:1] = [Call(path, calls[0].body if calls else {}, file=message.file)]
    elif quick_replies and len(calls) == 1 and _fit_options(buttons):
        calls = [_with_options(delivery, customer, buttons, calls[0])]
    return calls


def text_in(call: Call) -> str:
    """The text that the customer reads of a call."""
    body: Any = call.body
    if call.method == LEGACY:
        body = body["event"]["message_create"]["message_data"]
    return str(body.get("text") or "")


def _text(message: Outgoing) -> str:
    cards = [_card(card) for card in message.cards]
    return "\n\n".join(part for part in (message.text, *cards, message.image) if part)


def _card(card: Card) -> str:
    return "\n".join(line for line in (card.title, card.subtitle, card.image) if line)


def _fit_options(buttons: Sequence[Button]) -> bool:
    fit = all(not button.url and width(button.title) <= MAX_LABEL for button in buttons)
    return fit and 0 < len(buttons) <= MAX_OPTIONS


def _with_options(
    delivery: Delivery, customer: str, buttons: Sequence[Button], plain: Call
) -> Call:
    options = [
        {"label": button.title, "metadata": f"{delivery.id}:{number}"}
        for number, button in enumerate(buttons)
    ]
    data: Mapping[str, Any] = {
        "text": _text(delivery.message) or plain.body["text"],
        "quick_reply": {"type": "options", "options": options},
    }
    said = {"target": {"recipient_id": customer}, "message_data": data}
    return Call(LEGACY, {"event": {"type": "message_create", "message_create": said}}, plain)
