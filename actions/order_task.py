"""What one order task is: the details it asks for, the rules it checks, the act it does."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from actions.services import Services
from switchboard.orders.model import Act, Item, Order
from switchboard.orders.rules import Assessment, Quote

Wish = Mapping[str, Any]
"""What the customer asked for: detail slots by name, read and checked."""
MAX_DETAIL = 500
_SIMILAR = 0.8
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER_WORDS = {
    **{word: number for number, word in enumerate(_COUNTED)},
    **{"none": 0, "a": 1, "an": 1, "single": 1, "both": 2, "dozen": 12},
}


@dataclass(frozen=True)
class Detail:
    """A slot that a task needs. `read` gives its value, or None when the text is no answer."""

    slot: str
    read: Callable[[str, Order], Any]
    complaint: str


def day(moment: datetime | date) -> str:
    """A date as customers read it, for instance `Thu 12 November`."""
    return f"{moment:%a} {moment.day} {moment:%B}"


def describe_items(items: tuple[Item, ...]) -> str:
    """`4 x Stoneware mug, 1 x Linen napkins`."""
    return ", ".join(f"{item.quantity} x {item.name}" for item in items)


def read_item(text: str, order: Order) -> str | None:
    """The article number of the line that `text` means: by number, name, a part, or position."""
    wanted = " ".join(text.lower().split())[:100]
    if not wanted:
        return None
    for item in order.items:
        if wanted in (item.sku.lower(), item.name.lower()):
            return item.sku
    position = re.fullmatch(r"(?:the )?(?:no\.? ?|number |#)?([1-9])", wanted)
    if position and int(position[1]) <= len(order.items):
        return order.items[int(position[1]) - 1].sku
    scored = sorted(
        ((_likeness(wanted, item.name), item.sku) for item in order.items), reverse=True
    )
    clear = len(scored) == 1 or scored[0][0] > scored[1][0]
    return scored[0][1] if scored and scored[0][0] > 0 and clear else None


def _likeness(wanted: str, name: str) -> float:
    """How much of an item's name is found in the text, typos and plurals forgiven; 0 is nothing."""
    words = [word.rstrip("s") for word in re.findall(r"\w+", wanted)]
    found = 0.0
    for part in name.lower().split():
        best = max(
            (SequenceMatcher(None, part.rstrip("s"), word).ratio() for word in words), default=0.0
        )
        found += best if best >= _SIMILAR else 0.0
    return found


def read_quantity(text: str, _order: Order) -> int | None:
    """A count from 0 to 99, in digits or words."""
    found = re.findall(r"(?<![\d.,])\d{1,2}(?![\d.,]*\d)", text[:100])
    if len(found) == 1:
        return int(found[0])
    named = {_NUMBER_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _NUMBER_WORDS}
    return named.pop() if not found and len(named) == 1 else None


def read_text(text: str, _order: Order) -> str | None:
    """Any words, bounded and on one line."""
    return " ".join(text.split())[:MAX_DETAIL] or None


class OrderTask(ABC):
    """One thing to do with an order. Its customer texts are `say_<name>_…` in data/responses."""

    name: str
    details: tuple[Detail, ...] = ()

    @property
    def form(self) -> str:
        """The form that collects what the task needs."""
        return f"{self.name}_form"

    async def confirmable(self, order: Order, services: Services) -> bool:
        """Whether something would change, so that a yes is needed."""
        return True

    def assess(self, order: Order, wish: Wish, services: Services) -> Assessment:
        """Check the rules; `wish` may still be incomplete."""
        return Quote()

    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        """The ending of the texts that fit this quote (`_free`), or nothing."""
        return ""

    def act(self, order: Order, wish: Wish, quote: Quote) -> Act:
        """The act to do after a yes."""
        raise NotImplementedError(f"{self.name} changes nothing")

    def facts(self, order: Order, wish: Wish, quote: Quote, services: Services) -> dict[str, str]:
        """What the task's texts may name."""
        money = services.policy.money
        facts = {
            "order_number": order.number,
            "items": describe_items(order.items),
            "total": money(order.total),
            "payment": order.payment,
            "fee": money(quote.fee),
            "refund": money(quote.refund),
        }
        item = order.item(str(wish.get("order_item")))
        if item is not None:
            facts["item"] = item.name
        return facts
