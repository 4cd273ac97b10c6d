"""The documented orders of the demo shop, always in the same state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Demo:
    """One documented order: ages since placing, shipping and delivery, and its lines."""

    number: str
    name: str
    email: str
    phone: str
    state: str
    placed: timedelta
    shipped: timedelta | None
    delivered: timedelta | None
    lines: tuple[tuple[str, int], ...]
    paid: bool = True


def _days(days: float) -> timedelta:
    return timedelta(days=days)


_MAYA = ("Maya Lindqvist", "maya@example.com", "+353 87 555 0101")
_TOM = ("Tom Okafor", "tom@example.com", "+353 87 555 0102")
_SOFIA = ("Sofia Brandt", "sofia@example.com", "+353 87 555 0103")

DEMO_ORDERS: tuple[Demo, ...] = (
    Demo("4711", *_MAYA, "packed", _days(1), None, None, (("TB-102", 4), ("TB-104", 1))),
    Demo("4712", *_MAYA, "shipped", _days(4), _days(2), None, (("KI-201", 1),)),
    Demo("4713", *_MAYA, "delivered", _days(12), _days(9), _days(6), (("LV-303", 1),)),
    Demo("4720", *_TOM, "placed", timedelta(minutes=10), None, None, (("TB-101", 2),)),
    Demo(
        "4722",
        *_TOM,
        "placed",
        timedelta(minutes=20),
        None,
        None,
        (("LV-305", 1), ("TB-102", 2), ("BA-503", 1)),
    ),
    Demo(
        "4721", *_TOM, "delivered", _days(60), _days(57), _days(54), (("BD-402", 1), ("BA-501", 2))
    ),
    Demo(
        "4730",
        *_SOFIA,
        "delivered",
        _days(9),
        _days(6),
        _days(3),
        (("TB-103", 1), ("GI-601", 2), ("BA-502", 1)),
    ),
    Demo("4731", *_SOFIA, "cancelled", _days(5), None, None, (("LV-301", 1),)),
)
