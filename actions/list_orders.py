"""A customer's orders, found without an order's number: by a contact and a second fact."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_turn import NOT_NEEDED, customer_with, just_activated
from switchboard.orders.contacts import normal_contact
from switchboard.orders.identity import Verdict
from switchboard.orders.model import Order
from switchboard.shop.speech import Speech

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
        return "validate_list_orders_form"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The next question, if there is one left."""
        services, gate = self.services, self.services.gate
        conversation = tracker.sender_id
        if not services.orders.finds_customers:
            return _ask(None, order_failure="list_orders_number_needed")
        if await asyncio.to_thread(gate.proved_customer, conversation):
            return _ask(None, order_failure=None)
        if await asyncio.to_thread(gate.locked, conversation):
            return _ask(None, order_failure="identity_locked")
        contact = str(tracker.get_slot("order_contact") or "").removeprefix(NOT_NEEDED)
        if not normal_contact(contact):
            return _ask("order_contact", identity_fact=None, order_failure=None)
        starting = just_activated(tracker, "list_orders_form")
        fact = "" if starting else str(tracker.get_slot("identity_fact") or "")
        if tracker.get_slot("requested_slot") != "identity_fact" or not fact:
            return _ask("identity_fact", identity_fact=None, order_failure=None)
        customer = await customer_with(services, contact, fact, self.speech(tracker))
        verdict = await asyncio.to_thread(
            gate.check_customer, conversation, contact, customer.id if customer else None
        )
        if verdict is Verdict.PROVED:
            return _ask(None, identity_fact=None)
        if verdict is Verdict.WRONG:
            dispatcher.utter_message(response="say_customer_wrong")
            return _ask("order_contact", order_contact=None, identity_fact=None)
        return _ask(None, order_failure=f"identity_{verdict.value}", identity_fact=None)


def _ask(slot: str | None, **slots: Any) -> Events:
    return [*(SlotSet(k, v) for k, v in slots.items()), SlotSet("requested_slot", slot)]


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
