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
from actions.order_task import OrderTask
from actions.order_turn import FormTurn, just_activated, read_wish
from switchboard.errors import OrderSystemDown
from switchboard.orders.model import Conflict, Order, normal_number
from switchboard.orders.order_system import act_key
from switchboard.orders.rules import Refusal
from switchboard.shop.speech import Speech


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
        starting = just_activated(tracker, self.task.form)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        fresh = {k: v for k, v in tracker.slots_to_validate().items() if v is not None}
        if not starting and not fresh and intent != self.task.name:
            return []  # nothing for this form: Rasa lets the other rules speak, then asks again
        turn = FormTurn(self.task, self.services, dispatcher, tracker, fresh, starting)
        ask = await turn.settle()
        return [*(SlotSet(k, v) for k, v in turn.slots.items()), SlotSet("requested_slot", ask)]


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
        speech = self.speech(tracker)
        wish = read_wish(self.task, tracker, order, speech)
        quote = self.task.assess(order, wish, self.services)
        if isinstance(quote, Refusal):
            response = f"say_{self.task.name}_{quote.reason}"
            item = order.item(str(wish.get("order_item")))
            named = {"item": speech.item(item)} if item else {}
            facts = {"order_number": order.number, **quote.facts, **named}
            dispatcher.utter_message(response=response, **facts)
            return
        facts = self.task.facts(order, wish, quote, speech)
        if not await self.task.confirmable(order, self.services):
            await self.show(dispatcher, order, facts, speech)
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
        except OrderSystemDown:
            dispatcher.utter_message(response="say_order_system_uncertain", **facts)
            return
        if isinstance(receipt, Conflict):
            dispatcher.utter_message(response="say_order_changed", **facts)
        elif receipt.repeated:
            dispatcher.utter_message(response="say_already_done", reference=receipt.reference)
        else:
            ending = self.task.variant(order, wish, quote)
            done = f"say_{self.task.name}_done{ending}"
            facts["reference"] = receipt.reference
            await self.tell(dispatcher, order, done, facts, speech)

    async def tell(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        response: str,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """Say that it was done."""
        dispatcher.utter_message(response=response, **facts)

    async def show(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """Tell what is known, for a task that changes nothing."""
        raise NotImplementedError(f"{self.task.name} has nothing to show")
