"""Messages to the assistant and to the customer, independent of the platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

BOT, AGENT = "bot", "agent"


@dataclass(frozen=True)
class Incoming:
    """A customer's message, never empty. `metadata` is stored with it in the conversation.

    `command`: the text is a button's payload or made by a channel itself. Only such may be a
    command to the assistant; all else is what a person typed.
    """

    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    command: bool = False


@dataclass(frozen=True)
class Button:
    """A button.

    `payload` is sent to the assistant when it is pressed; with a `url` it is a link.
    """

    title: str
    payload: str = ""
    url: str = ""


@dataclass(frozen=True)
class Card:
    """A card for a product or an article: a title with a picture and buttons."""

    title: str
    subtitle: str = ""
    image: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class SentFile:
    """A stored file (`files/file_store.py`) that a person sends, with its name for the customer."""

    id: str
    mime: str
    name: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether it is shown rather than offered."""
        return self.mime.startswith("image/")


@dataclass(frozen=True)
class Outgoing:
    """A message to the customer. `custom` is a platform's own message, passed on unchanged.

    `agent` is the name of the person who wrote it, if one did; `by_itself` the number of what was
    planned (`outreach`), 0 for what answers a message.
    """

    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str = ""
    cards: tuple[Card, ...] = ()
    custom: Mapping[str, Any] | None = None
    author: str = BOT
    agent: str = ""
    file: SentFile | None = None
    by_itself: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text.strip() or self.image or self.cards or self.custom or self.file)


def _button(raw: Mapping[str, Any]) -> Button | None:
    title = str(raw.get("title") or "").strip()
    payload, url = str(raw.get("payload") or ""), str(raw.get("url") or "")
    return Button(title, payload or title, url) if title else None


def _buttons(raw: Any) -> tuple[Button, ...]:
    listed = raw if isinstance(raw, list) else []
    found = (_button(entry) for entry in listed if isinstance(entry, Mapping))
    return tuple(button for button in found if button is not None)


def _card(raw: Mapping[str, Any]) -> Card:
    return Card(
        str(raw.get("title") or ""),
        str(raw.get("subtitle") or ""),
        str(raw.get("image_url") or ""),
        _buttons(raw.get("buttons")),
    )


def _picture(raw: Mapping[str, Any]) -> str:
    """The address of an image: plain, or in an attachment in a platform's format."""
    attached = raw.get("attachment")
    if isinstance(attached, Mapping) and attached.get("type") == "image":
        payload = attached.get("payload")
        attached = (
            (payload.get("src") or payload.get("url")) if isinstance(payload, Mapping) else ""
        )
    address = raw.get("image") or attached
    return address if isinstance(address, str) else ""


def read_response(raw: Mapping[str, Any], author: str = BOT) -> Outgoing:
    """Read a response in Rasa's format (`text`, `buttons`, `quick_replies`, `image`, …)."""
    elements = raw.get("elements")
    custom = raw.get("custom")
    return Outgoing(
        text=str(raw.get("text") or ""),
        buttons=_buttons(raw.get("buttons")) or _buttons(raw.get("quick_replies")),
        image=_picture(raw),
        cards=tuple(_card(e) for e in elements or () if isinstance(e, Mapping)),
        custom=custom if isinstance(custom, Mapping) and custom else None,
        author=author,
    )


def write_response(message: Outgoing) -> str:
    """The same format as JSON, for storage; `load_response` reads it."""

    def plain(buttons: tuple[Button, ...]) -> list[dict[str, str]]:
        return [{k: v for k, v in button.__dict__.items() if v} for button in buttons]

    cards = [
        {
            "title": card.title,
            "subtitle": card.subtitle,
            "image_url": card.image,
            "buttons": plain(card.buttons),
        }
        for card in message.cards
    ]
    form = {
        "text": message.text,
        "buttons": plain(message.buttons),
        "image": message.image,
        "elements": cards,
        "custom": message.custom,
        "author": message.author,
        "agent": message.agent,
        "file": message.file.__dict__ if message.file else None,
        "by_itself": message.by_itself,
    }
    return json.dumps({key: value for key, value in form.items() if value})


def load_response(text: str) -> Outgoing:
    """Read what `write_response` wrote."""
    raw = json.loads(text)
    read = read_response(raw, str(raw.get("author") or BOT))
    file = SentFile(**raw["file"]) if raw.get("file") else None
    by_itself = int(raw.get("by_itself") or 0)
    return replace(read, agent=str(raw.get("agent") or ""), file=file, by_itself=by_itself)
