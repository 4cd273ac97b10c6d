"""Tracking an order, and the two questions that all order forms share."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.list_orders import listed_orders, order_buttons
from actions.order_form import active_task, order_skill
from actions.order_task import OrderTask, TaskReply
from actions.order_turn import appraise, asked_before, quoted, read_wish
from switchboard.orders.contact_codes import wants_code
from switchboard.orders.model import Item, Order, OrderState
from switchboard.orders.order_system import with_choices
from switchboard.orders.rules import Quote
from switchboard.shop.speech import Speech
from switchboard.text.consent import normal_reply


@order_skill
class TrackOrder(OrderTask):
    """Tell where an order is."""

    name = "track_order"
    changes_order = False

    async def show(self, reply: TaskReply) -> None:
        """One reply per state, another if the order is late."""
        order, speech = reply.order, reply.speech
        state, shipment = order.state.value, order.shipment
        days = speech.policy.facts(speech.language)[f"delivery_{order.delivery}_days"]
        facts = {
            "placed_on": speech.day(order.placed_at),
            "delivery_method": speech.word("deliveries", order.delivery),
            "delivery_days": days,
        }
        if shipment is not None:
            late = shipment.expected_on < reply.services.now().date()
            if order.state is OrderState.SHIPPED and late:
                state = "overdue"
            facts.update(
                carrier=shipment.carrier,
                tracking=shipment.tracking,
                shipped_on=speech.day(shipment.shipped_at),
                expected_on=speech.day(shipment.expected_on),
                delivered_on=speech.day(shipment.delivered_at) if shipment.delivered_at else "",
            )
        elif order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
            state = f"{state}_plain"  # the system does not tell of parcels
        reply.say(f"say_track_order_{state}", **facts)


class AskForOrder(SafeAction, ABC):
    """Asks for the order's number or for whose it is; in other words when it is asked again."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """What is asked for."""

    @override
    def name(self) -> str:
        return f"action_ask_{self.slot}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The question; from the second time on where to find the answer, and a person."""
        if self.slot == "order_number" and await self._offer_orders(dispatcher, tracker):
            return []
        again = asked_before(tracker, self.name()) % 2 == 1
        kind = "asked_again" if again else "ask"
        dispatcher.utter_message(response=f"say_{kind}_{self.slot}")
        return []

    async def _offer_orders(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
        """Offer the orders of the customer who is known; whether there is one."""
        gate = self.services.gate
        customer = await asyncio.to_thread(gate.proved_customer, tracker.sender_id)
        orders = await self.services.orders.orders_of(customer) if customer else []
        speech, task = self.speech(tracker), active_task(tracker)
        if not orders or task is None:
            return False
        dispatcher.utter_message(
            response="say_which_order",
            orders=listed_orders(orders, speech),
            buttons=order_buttons(orders, speech, "inform"),
        )
        return True


class ActionAskOrderNumber(AskForOrder):
    """Which order it is."""

    @property
    def slot(self) -> str:
        """Its number."""
        return "order_number"


class ActionAskOrderContact(AskForOrder):
    """Whose order it is."""

    @property
    def slot(self) -> str:
        """An e-mail address or phone number on it."""
        return "order_contact"


class ActionAskIdentityFact(SafeAction):
    """Asks for a second fact beside the contact; offers a code where one can be sent there."""

    @override
    def name(self) -> str:
        return "action_ask_identity_fact"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The code itself, once one was asked for."""
        contact = str(tracker.get_slot("order_contact") or "")
        asked = wants_code(str(tracker.latest_message.get("text") or ""))
        if self.services.codes.reaches(contact):
            response = "say_ask_code" if asked else "say_identity_fact_or_code"
        else:
            response = "say_identity_fact"
        dispatcher.utter_message(response=response)
        return []


class ActionAskOrderItem(SafeAction):
    """Asks for a line of the order: as buttons, and in words for customers who type."""

    @override
    def name(self) -> str:
        return "action_ask_order_item"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer the items."""
        order = await self.open_order(tracker)
        if order is not None:
            speech = self.speech(tracker)
            buttons = [
                {
                    "title": _named_apart(item, order, speech),
                    "payload": f'/inform{{"product": "{item.line}"}}',
                }
                for item in order.items
            ]
            dispatcher.utter_message(
                response="say_which_item", order_number=order.number, buttons=buttons
            )
        return []


def _named_apart(item: Item, order: Order, speech: Speech) -> str:
    """An item's name; with its options where another line has the same."""
    name = speech.item(item)
    alike = sum(speech.item(other) == name for other in order.items) > 1
    return f"{name} ({speech.options(item.options)})" if alike and item.options else name


class ActionAskPaymentMethod(SafeAction):
    """Asks for one of the customer's means of payment."""

    @override
    def name(self) -> str:
        return "action_ask_order_payment_method"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer those on file."""
        order, task = await self.open_order(tracker), active_task(tracker)
        if order is None or task is None:
            return []
        order = await with_choices(self.services.orders, order)
        speech = self.speech(tracker)
        names = {method.id: speech.payment(method) for method in order.customer.payment_methods}
        buttons = [
            {"title": name, "payload": f'/inform{{"payment": "{id}"}}'}
            for id, name in names.items()
        ]
        dispatcher.utter_message(
            response=f"say_which_payment_{task.name}",
            methods=speech.listed(list(names.values())),
            buttons=buttons,
        )
        return []


class ActionAskOrderConfirm(SafeAction):
    """Describes what would happen, and asks for a yes."""

    @override
    def name(self) -> str:
        return "action_ask_order_confirm"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Reply with the task's quote; shorter if it was read just before."""
        order, task = await self.open_order(tracker), active_task(tracker)
        if order is None or task is None:
            return []
        times = asked_before(tracker, self.name())
        speech = self.speech(tracker)
        if task.details:
            order = await with_choices(self.services.orders, order)
        wish = read_wish(task, tracker, order, speech)
        quote = await appraise(task, order, wish, self.services)
        if isinstance(quote, Quote):
            full = f"say_{task.name}_confirm{task.variant(order, wish, quote)}"
            token = quoted(tracker.sender_id, order, task.act(order, wish, quote))
            facts = {**task.facts(order, wish, quote, speech), "quote": token}
            text = str(tracker.latest_message.get("text") or "")
            if times and token == tracker.get_slot("order_quote") and "?" not in normal_reply(text):
                response = f"say_confirm_again{'' if times == 1 else '_still'}"
            else:
                response = full
            dispatcher.utter_message(response=response, **facts)
            return [SlotSet("order_quote", token)]
        return []
