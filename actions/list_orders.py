"""A customer's orders, found without an order's number: by a contact and a second fact."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_turn import just_activated
from actions.recognition import concerns, outcome, recognise
from switchboard.orders.model import Order
from switchboard.shop.speech import Speech

FORM = "list_orders_form"
MOST = 8


def order_buttons(orders: list[Order], speech: Speech, intent: str) -> list[dict[str, str]]:
    """One for each order: what is in it, and what pressing it asks for."""
    return [
        {
            "title": f"{order.number}: {speech.items(order.items)[:60]}",
            "payload": f'/{intent}{{"order_number": "{order.number}"}}',
        }
        for order in orders[:MOST]
    ]


def listed_orders(orders: list[Order], speech: Speech) -> str:
    """The orders in one phrase, for customers who see no buttons."""
    return "; ".join(
        f"{order.number} ({speech.items(order.items)}, {speech.word('states', order.state.value)})"
        for order in orders[:MOST]
    )


class ValidateListOrdersForm(SafeAction):
    """Asks for a contact and for a second fact, until they fit a customer together."""

    @override
    def name(self) -> str:
        return f"validate_{FORM}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The next question, if there is one left."""
        starting = just_activated(tracker, FORM)
        if not concerns(tracker, starting, self.services.gate.name_and_postcode):
            return []
        known = await recognise(self.services, tracker, starting, self.speech(tracker))
        slots = {"order_failure": None, "identity_fact": None, **outcome(known, dispatcher)}
        asked = SlotSet("requested_slot", known.ask or None)
        return [*(SlotSet(slot, value) for slot, value in slots.items()), asked]


class ActionListOrders(SafeAction):
    """Tells the orders of the customer who has been recognised, newest first."""

    @override
    def name(self) -> str:
        return "action_list_orders"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The list, each order a button; or why there is none."""
        customer = await asyncio.to_thread(self.services.gate.proved_customer, tracker.sender_id)
        failure = tracker.get_slot("order_failure")
        if customer is None or failure:
            dispatcher.utter_message(response=f"say_{failure or 'left_as_is'}")
            return [SlotSet("order_failure", None)]
        orders = await self.services.orders.orders_of(customer)
        speech = self.speech(tracker)
        if not orders:
            dispatcher.utter_message(response="say_no_orders")
            return []
        dispatcher.utter_message(
            response="say_your_orders",
            orders=listed_orders(orders, speech),
            buttons=order_buttons(orders, speech, "track_order"),
        )
        return []
