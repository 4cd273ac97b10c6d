"""The definition of an order task: details to ask for, rules to check, act to do."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.fuzz import ratio
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from switchboard.conversations.turns import OPEN_INTENT, UNCLEAR_INTENT
from switchboard.orders.acts import Act
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.speech import Speech
from switchboard.text.numbers import CHINESE, CHINESE_COUNT_PATTERN, ENGLISH, chinese_number
from switchboard.text.words import split_words

Wish = Mapping[str, Any]
"""What the customer asked for: parsed detail slots by name."""
MAX_DETAIL = 500
_SIMILAR = 80.0  # of 100
_NUMBER_WORDS = {**ENGLISH, "none": 0, "a": 1, "an": 1, "single": 1, "both": 2, "dozen": 12}
_CHINESE_COUNT = re.compile(f"({CHINESE_COUNT_PATTERN})[个件只条块套张盏把]?")


_ANSWERS = frozenset({"affirm", "deny", "inform", "open_question", OPEN_INTENT, UNCLEAR_INTENT})
"""Intents that may be an answer in any form: a name or an address resembles no example."""


@dataclass(frozen=True)
class Detail:
    """A slot that a task needs. `read` parses a text, None if it is no answer."""

    slot: str
    read: Callable[[str, Order, Speech], Any]
    complaint: str


def read_item(text: str, order: Order, speech: Speech) -> str | None:
    """The article number of the line that `text` names: by number, name, part or position."""
    wanted = " ".join(text.lower().split())[:100]
    if not wanted:
        return None
    for item in order.items:
        if wanted in (item.sku.lower(), item.name.lower(), speech.item(item)):
            return item.sku
    position = re.fullmatch(
        r"(?:the )?(?:no\.? ?|number |#|第)?([1-9一二三四五])(?:个|件)?", wanted
    )
    if position:
        place = CHINESE.get(position[1]) or int(position[1])
        return order.items[place - 1].sku if place <= len(order.items) else None
    scored = sorted(
        ((_likeness(wanted, (item.name, speech.item(item))), item.sku) for item in order.items),
        reverse=True,
    )
    clear = len(scored) == 1 or scored[0][0] > scored[1][0]
    return scored[0][1] if scored and scored[0][0] > 0 and clear else None


def _likeness(wanted: str, names: Sequence[str]) -> float:
    """The share of an item's names found in the text, with typos tolerated; 0 is none."""
    words = [word.text.rstrip("s") for word in split_words(wanted)]
    found = 0.0
    for part in dict.fromkeys(word.text for name in names for word in split_words(name.lower())):
        best = max((ratio(part.rstrip("s"), word) for word in words), default=0.0)
        found += best if best >= _SIMILAR else 0.0
    return found


def read_quantity(text: str, _order: Order, _speech: Speech) -> int | None:
    """A count from 0 to 99, in digits or words of either language."""
    found = re.findall(r"(?<![\d.,])\d{1,2}(?![\d.,]*\d)", text[:100])
    if len(found) == 1:
        return int(found[0])
    named = {_NUMBER_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _NUMBER_WORDS}
    named |= {int(chinese_number(m[1]) or 0) for m in _CHINESE_COUNT.finditer(text[:100])}
    return named.pop() if not found and len(named) == 1 else None


def read_text(text: str, _order: Order, _speech: Speech) -> str | None:
    """Any text, shortened and on one line."""
    return " ".join(text.split())[:MAX_DETAIL] or None


ITEM = Detail("order_item", read_item, "say_order_item_unknown")
"""Which line of the order: asked by several tasks."""


@dataclass(frozen=True)
class TaskReply:
    """What a task needs to reply: the order, its facts, the customer's language."""

    dispatcher: CollectingDispatcher
    services: ActionServices
    order: Order
    facts: Mapping[str, str]
    speech: Speech

    def say(self, response: str, **more: str) -> None:
        """Reply to the customer, with the task's facts and `more` of them."""
        self.dispatcher.utter_message(response=response, **{**self.facts, **more})


class OrderTask(ABC):
    """One thing to do with an order; `order_form.order_skill` gives it its form and its actions.

    Its customer texts are `say_<name>_…` in `data/replies`; `refusals` are the reasons that its
    rules may give, each with a text of its own. `answers` are intents that may be an answer to the
    form's questions ("it does not fit, the other one does" reads like an exchange): every other
    one interrupts the form.
    """

    name: str
    details: tuple[Detail, ...] = ()
    refusals: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    changes_order = True
    """Whether it ends in an act after a yes; else it only informs, in `show`."""

    @property
    def form(self) -> str:
        """The form that collects what the task needs."""
        return f"{self.name}_form"

    @property
    def required_slots(self) -> list[str]:
        """The slots that the form asks for, in order."""
        details = [detail.slot for detail in self.details]
        confirmation = ["order_confirm"] if self.changes_order else []
        return ["order_number", "order_contact", *details, *confirmation]

    def interrupted_by(self, intents: Iterable[str]) -> set[str]:
        """The form's `ignored_intents` in `domain.yml`, given all intents there."""
        return set(intents) - _ANSWERS - {self.name, *self.answers}

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Whether something would change, so that a yes is needed."""
        return self.changes_order

    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        """Check the rules; `wish` may still be incomplete."""
        return Quote()

    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        """The suffix of the replies for this quote (`_free`), or an empty string."""
        return ""

    def act(self, order: Order, wish: Wish, quote: Quote) -> Act:
        """The act to do after a yes."""
        raise NotImplementedError(f"{self.name} changes nothing")

    async def show(self, reply: TaskReply) -> None:
        """Reply with information, for tasks that change nothing."""
        raise NotImplementedError(f"{self.name} has nothing to show")

    async def report_done(self, reply: TaskReply, response: str, reference: str) -> None:
        """Report that the act was done."""
        reply.say(response, reference=reference)

    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        """The facts for the task's replies."""
        facts = {
            "order_number": order.number,
            "items": speech.items(order.items),
            "total": speech.money(order.total),
            "payment": speech.word("payments", order.payment),
            "fee": speech.money(quote.fee),
            "refund": speech.money(quote.refund),
        }
        item = order.item(str(wish.get("order_item")))
        if item is not None:
            facts["item"] = speech.item(item)
        return facts
