"""When a platform lets a shop write first: the one table of it.

Asked before something is queued that answers no message, and again before it is sent.
"""

from __future__ import annotations

import math
from enum import Enum

HOUR = 3600.0
MARGIN_SECONDS = 120.0
"""Before a window closes: clocks differ, and a delivery may wait."""
WINDOW_HOURS = {"facebook": 24, "instagram": 24, "whatsapp": 24, "wechat": 48, "wecom": 48}
"""Hours since the customer's last message."""
ALWAYS_OPEN = frozenset({"telegram", "x", "email"})
"""Channels on which who wrote to the shop may be written to."""
BY_TEMPLATE = frozenset({"whatsapp"})
"""Channels that take an approved template outside the window."""
PAGES = frozenset({"socketio"})
"""Channels of a page, which is there for as long as a session lasts."""
PUSHED = frozenset(WINDOW_HOURS) | ALWAYS_OPEN | PAGES
"""Channels that can be written to first at all."""
UNHURRIED = frozenset({"email"})
"""Channels on which nobody answers at once: "Are you still there?" would be out of place."""


class Reach(Enum):
    """Whether a customer may be written to first."""

    OPEN = "open"
    TEMPLATE = "template"
    CLOSED = "closed"


def closes_at(channel: str, last_heard: float, session_seconds: float) -> float:
    """When the window of a customer closes who wrote last at `last_heard` (seconds since the
    epoch); infinite where there is none, 0 on a channel that cannot be written to first."""
    if channel in ALWAYS_OPEN:
        return math.inf if last_heard else 0.0
    if channel in PAGES:
        return last_heard + session_seconds if last_heard else 0.0
    hours = WINDOW_HOURS.get(channel)
    return last_heard + hours * HOUR - MARGIN_SECONDS if hours and last_heard else 0.0


def reach(
    channel: str, conversation: str, last_heard: float, now: float, session_seconds: float
) -> Reach:
    """Whether a customer may be written to first; never in a group."""
    if is_group(conversation):
        return Reach.CLOSED
    if now < closes_at(channel, last_heard, session_seconds):
        return Reach.OPEN
    return Reach.TEMPLATE if channel in BY_TEMPLATE and last_heard else Reach.CLOSED


def is_group(conversation: str) -> bool:
    """Whether a conversation has several readers: Telegram's groups have ids below zero."""
    return conversation.startswith("telegram:") and conversation.rpartition(":")[2].startswith("-")
