"""The three actions of an order task: collect what it needs, ask for a yes, do it.

The order of things is the same for every task: which order, who asks, may it be done, what
exactly, yes or no, done. Rasa's forms carry it; what is asked next is decided here.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SafeAction
from actions.order_task import OrderTask, Wish
from switchboard.errors import OrderDeskDown
from switchboard.identity import Contact, Verdict
from switchboard.orders.book import act_key
from switchboard.orders.model import Conflict, Order, normal_number
from switchboard.orders.rules import Refusal


def message_numbers(tracker: Tracker) -> list[str]:
    """The distinct order numbers in the customer's latest message, in their order."""
    found = (str(v) for v in tracker.get_latest_entity_values("order_number"))
    return list(dict.fromkeys(n for n in map(normal_number, found) if n))


class OrderAction(SafeAction, ABC):
    """An action that looks at the order in question."""

    async def open_order(self, tracker: Tracker) -> Order | None:
        """The order of the conversation, if this conversation proved itself for it."""
        number = normal_number(str(tracker.get_slot("order_number") or ""))
        if number is None or not await asyncio.to_thread(
            self.services.gate.proved, tracker.sender_id, number
        ):
            return None
        return await self.services.orders.find(number)


class ValidateOrderForm(OrderAction, ABC):
    """`validate_<form>`: after each message, what is known now and what to ask next."""

    @property
    @abstractmethod
    def task(self) -> OrderTask:
        """What the form is for."""

    def name(self) -> str:
        """See `SafeAction`."""
        return f"validate_{self.task.form}"

    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        """End the form; the task's own action, which Rasa runs next, tells the customer."""
        failure = f"{kind}:{facts['error_id']}" if "error_id" in facts else kind
        return [SlotSet("order_failure", failure), SlotSet("requested_slot", None)]

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Settle the slots one after the other until one is missing."""
        starting = (tracker.active_loop or {}).get("name") != self.task.form
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        fresh = {k: v for k, v in tracker.slots_to_validate().items() if v is not None}
        if not starting and not fresh and intent != self.task.name:
            return []  # nothing for this form: Rasa lets the other rules speak, then asks again
        turn = _Turn(self, dispatcher, tracker, fresh, starting)
        ask = await turn.settle()
        return [*(SlotSet(k, v) for k, v in turn.slots.items()), SlotSet("requested_slot", ask)]


class _Turn:
    """One pass through a form's questions. `slots` collects what is to be set."""

    def __init__(
        self,
        action: ValidateOrderForm,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        fresh: dict[str, Any],
        starting: bool,
    ) -> None:
        self.task, self.services = action.task, action.services
        self.dispatcher, self.tracker, self.fresh = dispatcher, tracker, fresh
        self.slots: dict[str, Any] = {}
        self._action = action
        if starting:
            self._start()

    def get(self, slot: str) -> Any:
        """A slot as it will be after this turn."""
        return self.slots.get(slot, self.tracker.get_slot(slot))

    def say(self, response: str, **facts: str) -> None:
        """Speak before the next question."""
        self.dispatcher.utter_message(response=response, **facts)

    def _start(self) -> None:
        """A form begins without what an earlier one left, above all without its yes."""
        self.slots.update(order_confirm=None, order_version=None, order_failure=None)
        for detail in self.task.details:
            if detail.slot not in self.fresh:
                self.slots[detail.slot] = None
        # When this form interrupts another one, Rasa has not filled the number for it.
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
            if not self._read(detail.slot, wish, order):
                return detail.slot
        if isinstance(self.task.assess(order, wish, self.services), Refusal):
            return None
        if not await self.task.confirmable(order, self.services):
            return None
        return self._confirm(order)

    async def _identify(self) -> Order | str | None:
        """The proved order; else the slot to ask for, or None to end."""
        raw = self.get("order_number")
        number = normal_number(str(raw or ""))
        self.slots["order_number"] = number
        if number is None:
            if raw:
                self.say("say_order_number_invalid")
            return "order_number"
        gate, sender = self.services.gate, self.tracker.sender_id
        if not await asyncio.to_thread(gate.proved, sender, number):
            if await asyncio.to_thread(gate.locked, sender, number):
                self.slots["order_failure"] = "identity_locked"
                return None
            contact = self.get("order_contact")
            if not contact:
                return "order_contact"
            found = await self.services.orders.find(number)
            on_file = Contact(found.customer.email, found.customer.phone) if found else None
            verdict = await asyncio.to_thread(gate.check, sender, number, str(contact), on_file)
            if verdict is Verdict.LOCKED:
                self.slots.update(order_failure="identity_locked", order_contact=None)
                return None
            if verdict is Verdict.WRONG or found is None:
                self.say("say_identity_wrong")
                self.slots.update(order_number=None, order_contact=None)
                return "order_number"
            return found
        return await self.services.orders.find(number) or "order_number"

    def _read(self, slot: str, wish: dict[str, Any], order: Order) -> bool:
        """Read one detail into `wish`; False when it has to be asked for."""
        detail = next(d for d in self.task.details if d.slot == slot)
        given = self.get(slot)
        if slot == "order_item" and len(order.items) == 1:
            given = order.items[0].sku
        if given is None:
            return False
        value = detail.read(str(given), order)
        self.slots[slot] = wish[slot] = value
        if value is None:
            self.say(detail.complaint, order_number=order.number)
            return False
        return True

    def _confirm(self, order: Order) -> str | None:
        """Ask for a yes, unless this very message is the answer to that question."""
        answered = (
            "order_confirm" in self.fresh
            and self.tracker.get_slot("requested_slot") == "order_confirm"
            and "order_confirm" not in self.slots
            # "No, I meant 4712" is a correction and no refusal.
            and not message_numbers(self.tracker)
            and self.get("order_version") == order.version
        )
        if answered:
            return None
        self.slots.update(order_confirm=None, order_version=order.version)
        return "order_confirm"


def read_wish(task: OrderTask, tracker: Tracker, order: Order) -> Wish:
    """The details that the form settled."""
    wish = {}
    for detail in task.details:
        given = tracker.get_slot(detail.slot)
        wish[detail.slot] = None if given is None else detail.read(str(given), order)
    return wish


class PerformOrderTask(OrderAction, ABC):
    """`action_<task>`: after the form, refuse, leave as it is, or do it once, and say so."""

    @property
    @abstractmethod
    def task(self) -> OrderTask:
        """What is done."""

    def name(self) -> str:
        """See `SafeAction`."""
        return f"action_{self.task.name}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Speak and act; the slots of the form are emptied whatever happened."""
        failure = tracker.get_slot("order_failure")
        if failure:
            kind, _, error_id = str(failure).partition(":")
            dispatcher.utter_message(response=f"say_{kind}", error_id=error_id)
        else:
            order = await self.open_order(tracker)
            if order is None:
                dispatcher.utter_message(response="say_left_as_is")
            else:
                await self._speak(dispatcher, tracker, order)
        return self._emptied()

    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        """See `SafeAction`."""
        return [*super().failed(dispatcher, kind, **facts), *self._emptied()]

    def _emptied(self) -> Events:
        slots = ["order_confirm", "order_version", "order_failure"]
        return [SlotSet(slot, None) for slot in [*slots, *(d.slot for d in self.task.details)]]

    async def _speak(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order
    ) -> None:
        wish = read_wish(self.task, tracker, order)
        quote = self.task.assess(order, wish, self.services)
        if isinstance(quote, Refusal):
            response = f"say_{self.task.name}_{quote.reason}"
            facts = {"order_number": order.number, **quote.facts}
            dispatcher.utter_message(response=response, **facts)
            return
        facts = self.task.facts(order, wish, quote, self.services)
        if not await self.task.confirmable(order, self.services):
            await self.show(dispatcher, order, facts)
            return
        if tracker.get_slot("order_confirm") is not True:
            dispatcher.utter_message(response="say_left_as_is")
            return
        if tracker.get_slot("order_version") != order.version:
            dispatcher.utter_message(response="say_order_changed", **facts)
            return
        act = self.task.act(order, wish, quote)
        key = act_key(tracker.sender_id, order.number, order.version, act)
        try:
            receipt = await self.services.orders.perform(
                order.number, order.version, act, key, actor=tracker.sender_id
            )
        except OrderDeskDown:
            dispatcher.utter_message(response="say_order_desk_uncertain", **facts)
            return
        if isinstance(receipt, Conflict):
            dispatcher.utter_message(response="say_order_changed", **facts)
        elif receipt.repeated:
            dispatcher.utter_message(response="say_already_done", reference=receipt.reference)
        else:
            ending = self.task.variant(order, wish, quote)
            done = f"say_{self.task.name}_done{ending}"
            await self.tell(dispatcher, order, done, {**facts, "reference": receipt.reference})

    async def tell(
        self, dispatcher: CollectingDispatcher, order: Order, response: str, facts: dict[str, str]
    ) -> None:
        """Say that it was done."""
        dispatcher.utter_message(response=response, **facts)

    async def show(
        self, dispatcher: CollectingDispatcher, order: Order, facts: dict[str, str]
    ) -> None:
        """Tell what is known, for a task that changes nothing."""
        raise NotImplementedError(f"{self.task.name} has nothing to show")
