"""The address in the customer's account: changed in the chat by who names the new one."""

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
from switchboard.conversations.asked import quote_of
from switchboard.errors import OrderSystemDown
from switchboard.orders.order_system import customer_key
from switchboard.orders.postal import split_address
from switchboard.text.addresses import find_address

FORM = "change_default_address_form"
SLOTS = ("default_address", "order_confirm", "order_quote", "identity_fact", "order_failure")


class ValidateChangeDefaultAddressForm(SafeAction):
    """Takes the address from the wish, finds out whose it is, and asks for a yes."""

    @override
    def name(self) -> str:
        return f"validate_{FORM}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The next question, if there is one left."""
        text = str(tracker.latest_message.get("text") or "")
        starting = just_activated(tracker, FORM)
        named = None if text.startswith("/") else find_address(text)
        name_and_postcode = self.services.gate.name_and_postcode
        if named is None and not concerns(tracker, starting, name_and_postcode):
            return []
        old = {} if starting else tracker.slots
        waiting = tracker.get_slot("requested_slot") if not starting else None
        address = named if starting or waiting == "order_confirm" else None
        address = address or old.get("default_address")
        known = await recognise(self.services, tracker, starting, self.speech(tracker))
        slots = {"default_address": address, "order_failure": None, **outcome(known, dispatcher)}
        ask = known.ask or None
        if known.customer_id:
            key = customer_key(tracker.sender_id, known.customer_id, str(address))
            ask = self._confirm(tracker, slots, key[:16], waiting)
        return [*(SlotSet(k, v) for k, v in slots.items()), SlotSet("requested_slot", ask)]

    @staticmethod
    def _confirm(
        tracker: Tracker, slots: dict[str, Any], quote: str, waiting: str | None
    ) -> str | None:
        """Ask for a yes, unless this message is one to exactly this address, or a no."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        said = quote_of(tracker.latest_message.get("entities") or [])
        if waiting == "order_confirm" and intent == "deny":
            slots["order_confirm"] = False
            return None
        if waiting == "order_confirm" and intent == "affirm" and said == quote:
            slots["order_confirm"] = True
            return None
        slots.update(order_confirm=None, order_quote=quote)
        return "order_confirm"


class ActionAskChangeDefaultAddress(SafeAction):
    """Says which address would be kept, and asks for a yes."""

    @override
    def name(self) -> str:
        return f"action_ask_{FORM}_order_confirm"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The question, with the quote that a yes has to name."""
        dispatcher.utter_message(
            response="say_change_default_address_confirm",
            new_address=str(tracker.get_slot("default_address")),
            quote=str(tracker.get_slot("order_quote")),
        )
        return []


class ActionChangeDefaultAddress(SafeAction):
    """After the form: keeps the address, or leaves things as they are."""

    @override
    def name(self) -> str:
        return "action_change_default_address"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Do it once, and report the result."""
        await self._act(dispatcher, tracker)
        return [SlotSet(slot, None) for slot in SLOTS]

    async def _act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        failure, address = tracker.get_slot("order_failure"), tracker.get_slot("default_address")
        customer = await asyncio.to_thread(self.services.gate.proved_customer, tracker.sender_id)
        if failure or customer is None or tracker.get_slot("order_confirm") is not True:
            dispatcher.utter_message(response=f"say_{failure or 'left_as_is'}")
            return
        key = customer_key(tracker.sender_id, customer, str(address))
        try:
            receipt = await self.services.orders.change_default_address(
                customer, split_address(str(address)), key, tracker.sender_id
            )
        except OrderSystemDown:
            dispatcher.utter_message(response="say_default_address_uncertain")
            return
        dispatcher.utter_message(
            response="say_change_default_address_done",
            new_address=str(address),
            reference=receipt.reference,
        )
