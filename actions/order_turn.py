"""One turn of an order form: which order, whose, is it allowed, which details, yes or no."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_task import Detail, OrderTask, Wish
from switchboard.orders.identity import Contact, Verdict
from switchboard.orders.model import Order, normal_number
from switchboard.orders.rules import Refusal
from switchboard.shop.speech import Speech


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
        if starting:
            self._start()

    def get(self, slot: str) -> Any:
        """The value that a slot will have after this turn."""
        return self.slots.get(slot, self.tracker.get_slot(slot))

    def say(self, response: str, **facts: str) -> None:
        """Send a message before the next question."""
        self.dispatcher.utter_message(response=response, **facts)

    def _start(self) -> None:
        """Clear what an earlier run of the form left, above all its yes."""
        self.slots.update(order_confirm=None, order_version=None, order_failure=None)
        self.slots.update({detail.slot: None for detail in self.task.details})
        product = next(self.tracker.get_latest_entity_values("product"), None)
        if "order_item" in self.slots and product:
            self.slots["order_item"] = product
        # If this form interrupts another one, Rasa has not filled the number for it.
        numbers = message_numbers(self.tracker)
        if numbers:
            self.slots["order_number"] = numbers[0]
        if len(numbers) > 1:
            others = ", ".join(numbers[1:])
            self.say("say_one_order_at_a_time", order_number=numbers[0], others=others)

    async def settle(self) -> str | None:
        """The slot to ask for, or None when the form is done."""
        order = await self._identify()
        if not isinstance(order, Order):
            return order
        wish: dict[str, Any] = {}
        if isinstance(self.task.assess(order, wish, self.services), Refusal):
            return None
        for detail in self.task.details:
            if not self._read(detail, wish, order):
                return detail.slot
        if isinstance(self.task.assess(order, wish, self.services), Refusal):
            return None
        if not await self.task.confirmable(order, self.services):
            return None
        return self._confirm(order)

    async def _identify(self) -> Order | str | None:
        """The proved order; else the slot to ask for, or None to end."""
        raw = self.get("order_number")
        gate, conversation = self.services.gate, self.tracker.sender_id
        hand = await asyncio.to_thread(gate.in_hand, conversation, raw)
        number = self.slots["order_number"] = hand.number
        if number is None:
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
        value = detail.read(str(given), order, self.speech)
        self.slots[detail.slot] = wish[detail.slot] = value
        if value is None:
            self.say(detail.complaint, order_number=order.number)
            return False
        return True

    def _confirm(self, order: Order) -> str | None:
        """Ask for a yes, unless this message answers that question."""
        answered = (
            "order_confirm" in self.fresh
            and self.tracker.get_slot("requested_slot") == "order_confirm"
            and "order_confirm" not in self.slots
            # "No, I meant 4712" is a correction, not a refusal.
            and not message_numbers(self.tracker)
            and self.get("order_version") == order.version
        )
        if answered:
            return None
        self.slots.update(order_confirm=None, order_version=order.version)
        return "order_confirm"
