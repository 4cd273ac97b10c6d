"""The definition of an order task: details to ask for, rules to check, act to do."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz.fuzz import ratio
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from switchboard.conversations.turns import OPEN_INTENT, UNCLEAR_INTENT
from switchboard.orders.acts import Act
from switchboard.orders.choosing import named_lines, named_payment, so_many_of_them
from switchboard.orders.model import BETWEEN_LINES, Order
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Speech
from switchboard.text.numbers import CHINESE
from switchboard.text.quantities import MOST, Quantity, read_quantity
from switchboard.text.words import split_words

Wish = Mapping[str, Any]
"""What the customer asked for: parsed detail slots by name."""
MAX_DETAIL = 500
_SIMILAR = 80.0  # of 100


_ANSWERS = frozenset({"affirm", "deny", "inform", "open_question", OPEN_INTENT, UNCLEAR_INTENT})
"""Intents that may be an answer in any form: a name or an address resembles no example. What else
may be one is settled before (`switchboard.nlu.reply_reader`)."""


NOT_NEEDED = "-"
"""In the slot of a detail that this order or this shop does not need: Rasa asks for empty ones."""


def always(_order: Order, _wish: Wish, _policy: Policy) -> bool:
    """For details that every order needs."""
    return True


def find_nothing(_text: str) -> str | None:
    """For details that are taken from no message but the answer to their question."""
    return None


@dataclass(frozen=True)
class Detail:
    """A slot that a task needs. `read` parses an answer, None if it is none. `find` gives the part
    of a wish or a correction that names it unasked. An `optional` one is never asked for."""

    slot: str
    read: Callable[[str, Order, Speech], Any]
    complaint: str
    find: Callable[[str], str | None] = find_nothing
    optional: bool = False
    needed: Callable[[Order, Wish, Policy], bool] = always


def read_items(text: str, order: Order, speech: Speech) -> str | None:
    """The lines that `text` names, as a choice (`Order.choice`); one alone also by its position."""
    lines = order.lines(text)
    if lines and len(lines) == text.count(BETWEEN_LINES) + 1:
        return order.choice(lines)
    named = named_lines(text, order, speech)
    if not named and len(order.items) == 1:
        some = so_many_of_them(text, order.items[0])
        named = (some,) if some else ()
    return order.choice(named) or read_item(text, order, speech)


def read_item(text: str, order: Order, speech: Speech) -> str | None:
    """The line that `text` names: by number, name, part or position."""
    wanted = " ".join(text.lower().split())[:100]
    if not wanted:
        return None
    for item in order.items:
        if wanted in (item.line.lower(), item.sku.lower(), item.name.lower(), speech.item(item)):
            return item.line
    position = re.fullmatch(
        r"(?:the )?(?:no\.? ?|number |#|第)?([1-9一二三四五])(?:个|件)?", wanted
    )
    if position:
        place = CHINESE.get(position[1]) or int(position[1])
        return order.items[place - 1].line if place <= len(order.items) else None
    scored = sorted(
        ((_likeness(wanted, (item.name, speech.item(item))), item.line) for item in order.items),
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


def read_how_many(text: str, _order: Order, _speech: Speech) -> Quantity | None:
    """A quantity from 0 to 99, in digits or words of either language."""
    found = read_quantity(text)
    return found if found is not None and abs(found.count) <= MOST else None


def read_text(text: str, _order: Order, _speech: Speech) -> str | None:
    """Any text, shortened and on one line."""
    return " ".join(text.split())[:MAX_DETAIL] or None


ITEM = Detail("order_item", read_item, "say_order_item_unknown")
"""Which line of the order: asked by several tasks."""
ITEMS = replace(ITEM, read=read_items)
"""Which lines of the order, one or several."""
ITEMS_IF_NAMED = replace(ITEMS, optional=True)


def read_payment(text: str, order: Order, _speech: Speech) -> str | None:
    """The id of the customer's means of payment that `text` names."""
    method = named_payment(text, order.customer, order)
    return method.id if method is not None else None


PAYMENT = Detail("order_payment_method", read_payment, "say_payment_method_unknown")
"""Which of the customer's means of payment is paid by, or paid back to."""


@dataclass(frozen=True)
class TaskReply:
    """What a task needs to reply: the order, its facts, the customer's language and question."""

    dispatcher: CollectingDispatcher
    services: ActionServices
    order: Order
    facts: Mapping[str, str]
    speech: Speech
    asked: str = ""

    def say(self, response: str, **more: str) -> None:
        """Reply to the customer, with the task's facts and `more` of them."""
        self.dispatcher.utter_message(response=response, **{**self.facts, **more})


class OrderTask(ABC):
    """One thing to do with an order; `order_form.order_skill` gives it its form and its actions.

    Its customer texts are `say_<name>_…` in `data/replies`; `refusals` are the reasons that its
    rules may give, each with a text of its own.
    """

    name: str
    details: tuple[Detail, ...] = ()
    refusals: tuple[str, ...] = ()
    acts: tuple[type[Act], ...] = ()
    """What it may end in: an order system may say that an order allows none of them now."""
    changes_order = True
    """Whether it ends in an act after a yes; else it only informs, in `show`."""
    second_item = ""
    """The slot for another product that the wish names ("swap the lamp for the clock")."""
    general = ""
    """What is said where no order is named (`say_<general>`); else its number is asked for."""

    @property
    def form(self) -> str:
        """The form that collects what the task needs."""
        return f"{self.name}_form"

    @property
    def required_slots(self) -> list[str]:
        """The slots that the form asks for, in order."""
        details = [detail.slot for detail in self.details if not detail.optional]
        confirmation = ["order_confirm"] if self.changes_order else []
        return ["order_number", "order_contact", *details, *confirmation]

    def interrupted_by(self, intents: Iterable[str]) -> set[str]:
        """The form's `ignored_intents` in `domain.yml`, given all intents there."""
        return set(intents) - _ANSWERS - {self.name}

    def instead(self, order: Order) -> str:
        """The task that the customer must mean as the order stands; empty for this one."""
        return ""

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
        chosen = order.lines(wish.get("order_item"))
        if chosen:
            several = any(detail.read is read_items for detail in self.details)
            name = speech.pieces if several else speech.item
            facts["item"] = speech.listed([name(item) for item in chosen])
        method = order.customer.payment_method(wish.get("order_payment_method"))
        if method is not None:
            facts["payment"] = speech.payment(method)
        return facts
