"""What a platform cannot show as it is: long texts in parts, many choices as a numbered list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from switchboard.mailroom.message import Button

_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])"),
    re.compile(r"\s+"),
)


def width(text: str) -> int:
    """Length as the platforms count it: in UTF-16 units, so an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, limit: int) -> int:
    """How many characters of a text make up a part: up to the best end within the limit."""
    most = limit
    while width(text[:most]) > limit:
        most -= (width(text[:most]) - limit + 1) // 2
    for end in _ENDS:
        places = [m.end() for m in end.finditer(text, 0, most) if m.end() >= most // 3]
        if places:
            return places[-1]
    # Neither a surrogate pair nor an emoji with its modifiers is worth more here than an end.
    return max(most, 1)


def split_text(text: str, limit: int) -> list[str]:
    """A text in parts of at most `limit` UTF-16 units, at paragraphs or sentences if possible."""
    rest, parts = text.strip(), []
    while width(rest) > limit:
        length = _cut(rest, limit)
        parts.append(rest[:length].strip())
        rest = rest[length:].strip()
    return [part for part in (*parts, rest) if part]


def number_choices(text: str, buttons: Sequence[Button]) -> str:
    """The choices written below the text, for a platform that cannot show these as buttons."""
    lines = [
        f"{number}. {button.title}" + (f": {button.url}" if button.url else "")
        for number, button in enumerate(buttons, 1)
    ]
    return "\n".join([text, *lines]) if text else "\n".join(lines)


def typed(text: str) -> str:
    """What a customer typed, so that it is no command to the assistant.

    Rasa takes `/cancel_order{"order_number": "1"}` for an intent with its entities, and
    `/restart` for one to itself; those are for buttons.
    """
    return text.strip().lstrip("/").strip()
