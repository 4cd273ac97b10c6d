"""One turn of an order form: which order, whose, is it allowed, which details, yes or no."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_task import ITEM, Detail, OrderTask, Wish
from switchboard.conversations.asked import quote_of
from switchboard.orders.acts import Act
from switchboard.orders.identity import Contact, Verdict
from switchboard.orders.model import Order, normal_number
from switchboard.orders.order_system import act_key
from switchboard.orders.rules import Refusal
from switchboard.shop.speech import Speech

_OTHER_ORDER = re.compile(
    r"\b(?:my |the )?(?:other|another|different) (?:order|purchase|one)\b"
    r"|另(?:外)?一?[个单笔]|别的(?:订单|单)",
    re.IGNORECASE,
)


def message_numbers(tracker: Tracker) -> list[str]:
    """The distinct order numbers in the latest message, in order."""
    found = (str(v) for v in tracker.get_latest_entity_values("order_number"))
    return list(dict.fromkeys(n for n in map(normal_number, found) if n))


def just_activated(tracker: Tracker, form: str) -> bool:
    """Whether the form started with the latest message.

    Rasa sets the loop before it validates, and offers whatever the form's slots hold from earlier
    for validation, so only the event after the message tells.
    """
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "active_loop":
            return bool(event.get("name") == form)
    return False


def asked_before(tracker: Tracker, action: str) -> int:
    """How many customer messages in a row, up to the latest, this question was asked before."""
    times = 0
    asked = True
    for event in reversed(tracker.events):
        if event.get("event") == "active_loop":
            break
        if event.get("event") == "action" and event.get("name") == action:
            asked = True
            times += 1
        elif event.get("event") == "user":
            if not asked:
                break
            asked = False
    return times


def quoted(actor: str, order: Order, act: Act) -> str:
    """The token of a quote: which act on which version of which order, for whom. A yes carries it,
    so that it agrees to what was said and to nothing else."""
    return act_key(actor, order.number, order.version, act)[:16]


def read_wish(task: OrderTask, tracker: Tracker, order: Order, speech: Speech) -> Wish:
    """The details that the form has collected."""
    wish = {}
    for detail in task.details:
        given = tracker.get_slot(detail.slot)
        wish[detail.slot] = None if given is None else detail.read(str(given), order, speech)
    return wish


class FormTurn:
    """One turn of a form. `slots` collects the slots to set."""

    def __init__(
        self,
        task: OrderTask,
        services: ActionServices,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        fresh: dict[str, Any],
        starting: bool,
    ) -> None:
        self.task, self.services = task, services
        self.dispatcher, self.tracker, self.fresh = dispatcher, tracker, fresh
        self.speech = services.phrasebook.speak(tracker.get_slot("language"))
        self.slots: dict[str, Any] = {}
        self.starting = starting
        self.corrected = False
        """Whether the message changes details at the question for a yes."""
        if starting:
            self._start()
        elif tracker.get_slot("requested_slot") == "order_confirm":
            self._correct()

    def get(self, slot: str) -> Any:
        """The value that a slot will have after this turn."""
        return self.slots.get(slot, self.tracker.get_slot(slot))

    def say(self, response: str, **facts: str) -> None:
        """Send a message before the next question."""
        self.dispatcher.utter_message(response=response, **facts)

    @property
    def _text(self) -> str:
        return str(self.tracker.latest_message.get("text") or "")

    def _products(self) -> list[str]:
        return list(dict.fromkeys(map(str, self.tracker.get_latest_entity_values("product"))))

    def _start(self) -> None:
        """Clear what an earlier run left, above all its yes; take what the wish names."""
        self.slots.update(order_confirm=None, order_quote=None, order_failure=None)
        self.slots.update({detail.slot: None for detail in self.task.details})
        # The item of the form that this one takes over from.
        if ITEM in self.task.details and self.tracker.get_slot("requested_slot"):
            self.slots["order_item"] = self.tracker.get_slot("order_item")
        self.slots.update(order_question=self._text, order_other_items=None)
        self.slots.update(self._found())
        products = self._products()
        if products and "order_item" in self.slots:
            self.slots["order_item"] = products[0]
            self._queue(products[1:])
        # If this form interrupts another one, Rasa has not filled the number for it.
        numbers = message_numbers(self.tracker)
        if numbers:
            self.slots["order_number"] = numbers[0]
        if len(numbers) > 1:
            others = ", ".join(numbers[1:])
            self.say("say_one_order_at_a_time", order_number=numbers[0], others=others)

    def _found(self) -> dict[str, str]:
        """What the latest message says of the details, by slot, unless a button sent it."""
        if self._text.startswith("/"):
            return {}
        found = ((detail.slot, detail.find(self._text)) for detail in self.task.details)
        return {slot: value for slot, value in found if value is not None}

    def _queue(self, products: list[str]) -> None:
        """Two items in one wish are dealt with one after the other."""
        taken = self.task.second_item
        if products and taken:
            self.slots[taken] = self.speech.product(products[0])
        else:
            self.slots["order_other_items"] = products[:2]

    def _queue_others(self, order: Order) -> None:
        """What else was named of this order is asked for afterwards."""
        others = self.get("order_other_items") or []
        requests = [
            {
                "text": self.speech.product(sku),
                "intent": {"name": self.task.name, "confidence": 1.0},
                "entities": [{"entity": "product", "value": sku, "start": 0, "end": 0}],
            }
            for sku in others
            if order.item(sku)
        ]
        if others:
            self.slots["order_other_items"] = None
        if requests:
            waiting = self.get("pending_requests") or []
            self.slots["pending_requests"] = [*waiting, *requests][:3]

    def _put_items_in_place(self, order: Order) -> None:
        """Of two products named, the one in the order is the item, wherever it stands."""
        products = self._products()
        if self.starting and self.task.second_item and len(products) > 1:
            first, second = products[:2]
            if order.item(first) is None and order.item(second) is not None:
                self.slots["order_item"] = second
                self.slots[self.task.second_item] = self.speech.product(first)

    def _correct(self) -> None:
        """At the question for a yes: a message with something else in it changes the wish."""
        if "order_confirm" in self.fresh or self._text.startswith("/"):
            return
        found = self._found()
        products = self._products()
        if products and any(d.slot == "order_item" for d in self.task.details):
            found["order_item"] = products[0]
        self.corrected = bool(found)
        self.slots.update(found)

    async def settle(self) -> str | None:
        """The slot to ask for, or None when the form is done."""
        if self.starting:
            await self._choose_order()
        order = await self._identify()
        if not isinstance(order, Order):
            return order
        wish: dict[str, Any] = {}
        self._put_items_in_place(order)
        self._queue_others(order)
        if isinstance(self.task.assess(order, wish, self.services), Refusal):
            return None
        for detail in self.task.details:
            if not self._read(detail, wish, order) and not detail.optional:
                return detail.slot
        if not await self.task.confirmable(order, self.services):
            return None
        quote = self.task.assess(order, wish, self.services)
        if isinstance(quote, Refusal):
            return None
        act = self.task.act(order, wish, quote)
        return self._confirm(quoted(self.tracker.sender_id, order, act))

    async def _choose_order(self) -> None:
        """Of the orders proved to be theirs: the other one, or the one with the product."""
        if message_numbers(self.tracker) or self._text.startswith("/"):
            return
        gate, orders = self.services.gate, self.services.orders
        proved = await asyncio.to_thread(gate.proved_orders, self.tracker.sender_id)
        current = self.tracker.get_slot("order_number")
        if _OTHER_ORDER.search(self._text):
            others = [number for number in proved if number != current]
            self.slots["order_number"] = others[0] if len(others) == 1 else None
            return
        products = self._products()
        for number in [n for n in (current, *proved) if n in proved] if products else ():
            order = await orders.find(number)
            named = [sku for sku in products if order and order.item(sku)]
            if named:
                self.slots["order_number"] = number
                return

    async def _identify(self) -> Order | str | None:
        """The proved order; else the slot to ask for, or None to end."""
        raw = self.get("order_number")
        gate, conversation = self.services.gate, self.tracker.sender_id
        hand = await asyncio.to_thread(gate.in_hand, conversation, raw)
        number = self.slots["order_number"] = hand.number
        if number is None:
            if self.task.general and not raw:
                self.slots["order_failure"] = self.task.general
                return None
            if raw:
                self.say("say_order_number_invalid")
            return "order_number"
        if hand.proved:
            return await self.services.orders.find(number) or "order_number"
        if await asyncio.to_thread(gate.locked, conversation, number):
            self.slots["order_failure"] = "identity_locked"
            return None
        contact = self.get("order_contact")
        if not contact:
            return "order_contact"
        return await self._prove(number, str(contact))

    async def _prove(self, number: str, contact: str) -> Order | str | None:
        """Check an identity try; returns what `_identify` returns."""
        found = await self.services.orders.find(number)
        on_file = Contact(found.customer.email, found.customer.phone) if found else None
        verdict = await asyncio.to_thread(
            self.services.gate.check, self.tracker.sender_id, number, contact, on_file
        )
        if verdict is Verdict.LOCKED:
            self.slots.update(order_failure="identity_locked", order_contact=None)
            return None
        if verdict is Verdict.WRONG or found is None:
            self.say("say_identity_wrong")
            self.slots.update(order_number=None, order_contact=None)
            return "order_number"
        return found

    def _read(self, detail: Detail, wish: dict[str, Any], order: Order) -> bool:
        """Read one detail into `wish`; False if it must be asked for."""
        given = self.get(detail.slot)
        if detail.slot == "order_item" and len(order.items) == 1:
            given = order.items[0].sku
        if given is None:
            return False
        value = wish[detail.slot] = detail.read(str(given), order, self.speech)
        self.slots[detail.slot] = value if isinstance(value, str) or value is None else str(given)
        if value is None:
            if not detail.optional:
                self.say(detail.complaint, order_number=order.number)
            return False
        return True

    def _confirm(self, quote: str) -> str | None:
        """Ask for a yes, unless this message is one to exactly this quote, or a no."""
        fresh = (
            "order_confirm" in self.fresh
            and self.tracker.get_slot("requested_slot") == "order_confirm"
            and "order_confirm" not in self.slots
            # "No, I meant 4712" is a correction, not a refusal.
            and not message_numbers(self.tracker)
        )
        named = quote_of(self.tracker.latest_message.get("entities") or [])
        if fresh and self.get("order_confirm") is False:
            return None
        if fresh and named == quote == self.get("order_quote"):
            return None
        if fresh and named not in (None, quote, self.get("order_quote")):
            self.say("say_quote_outdated")
        self.slots["order_confirm"] = None
        return "order_confirm"
