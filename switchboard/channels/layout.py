"""Fits messages to platforms: long texts in parts, many choices as a numbered list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from switchboard.mailroom.message import Button

_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])"),
    re.compile(r"\s+"),
)


MARKED = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<name>[^\]\n]+)\]\((?P<link>https?://[^\s)]+)\)"
)
"""What stands in texts for bold words and links; platforms write them each in their way."""


def width(text: str) -> int:
    """The length as platforms count it, in UTF-16 units: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def octets(text: str) -> int:
    """The length as WeChat counts it, in bytes of UTF-8: a Chinese character is three."""
    return len(text.encode("utf-8", "surrogatepass"))


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """The number of characters in the next part: up to the best break within the limit."""
    most = limit
    while (over := measure(text[:most]) - limit) > 0:
        most -= (over + 3) // 4  # no character is longer than four, by either measure
    for end in _ENDS:
        places = [m.end() for m in end.finditer(text, 0, most) if m.end() >= most // 3]
        if places:
            return places[-1]
    # No break found: cut hard, even within an emoji sequence.
    return max(most, 1)


def split_text(text: str, limit: int, measure: Callable[[str], int] = width) -> list[str]:
    """Split a text into parts of at most `limit` by a measure, at paragraphs or sentences."""
    rest, parts = text.strip(), []
    while measure(rest) > limit:
        length = _cut(rest, limit, measure)
        parts.append(rest[:length].strip())
        rest = rest[length:].strip()
    return [part for part in (*parts, rest) if part]


def number_choices(text: str, buttons: Sequence[Button]) -> str:
    """The text with the choices as a numbered list, for platforms without fitting buttons."""
    lines = [
        f"{number}. {button.title}" + (f": {button.url}" if button.url else "")
        for number, button in enumerate(buttons, 1)
    ]
    return "\n".join([text, *lines]) if text else "\n".join(lines)
