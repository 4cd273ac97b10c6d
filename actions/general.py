"""A bare order number, and the end of a conversation."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_turn import message_numbers

CONVERSATION_SLOTS = (
    "order_number",
    "order_contact",
    "order_confirm",
    "order_version",
    "pending_requests",
)


class ActionOfferOrderTasks(SafeAction):
    """Asks what to do with a bare order number."""

    @override
    def name(self) -> str:
        return "action_offer_order_tasks"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer the order tasks, unless a form is about to repeat its question."""
        if (tracker.active_loop or {}).get("name"):
            return []
        numbers = message_numbers(tracker)
        if numbers:
            dispatcher.utter_message(response="say_what_about_order", order_number=numbers[0])
        else:
            dispatcher.utter_message(response="say_what_about")
        return []


class ActionEndConversation(SafeAction):
    """Ends a conversation: the next to write here may be somebody else."""

    @override
    def name(self) -> str:
        return "action_end_conversation"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Delete proofs and order slots, end any form."""
        await asyncio.to_thread(self.services.gate.forget, tracker.sender_id)
        cleared = [SlotSet(slot, None) for slot in CONVERSATION_SLOTS]
        return [ActiveLoop(None), SlotSet("requested_slot", None), *cleared]
