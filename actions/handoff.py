"""Handoff to a person: opens a ticket with the story, tells the customer, pauses the bot."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, ConversationPaused, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from actions.base import Events, SafeAction
from switchboard.conversations.routes import CAREFUL, UPSET, Cause, Decision, Route, decided
from switchboard.errors import TicketError
from switchboard.failures import place_of
from switchboard.orders.identity import OrderInHand
from switchboard.shop.speech import Speech
from switchboard.text.language import ENGLISH
from switchboard.tickets.story import Story, tell_story

logger = logging.getLogger(__name__)


class ActionHandoff(SafeAction):
    """Opens a ticket, unless one is open, and pauses the bot only when there is one."""

    @override
    def name(self) -> str:
        return "action_handoff"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Open the ticket and announce it."""
        decision = decided(tracker.latest_message) or Decision(Route.PERSON, Cause.ASKED)
        if decision.cause in CAREFUL:
            dispatcher.utter_message(response=f"say_careful_{decision.cause.value}")
        hand = await self.order_in_hand(tracker)
        story = await asyncio.to_thread(self._story, tracker, decision, hand)
        channel = tracker.get_latest_input_channel() or "unknown"
        language = str(tracker.get_slot("language") or ENGLISH)
        try:
            ticket, new = await asyncio.to_thread(
                self.services.tickets.open, tracker.sender_id, channel, story, language
            )
        except TicketError as error:
            logger.error("no ticket could be written: %s", place_of(error))
            dispatcher.utter_message(response="say_handoff_failed")
            return [ActiveLoop(None), SlotSet("requested_slot", None)]
        if new:
            upset = decision.cause in UPSET
            self._announce(dispatcher, ticket.reference, upset, self.speech(tracker))
        else:
            dispatcher.utter_message(response="say_handoff_already", reference=ticket.reference)
        return [
            SlotSet("handoff_ticket", ticket.reference),
            SlotSet("open_misses", 0),
            SlotSet("pending_requests", None),
            SlotSet("picture_notes", None),
            ActiveLoop(None),
            SlotSet("requested_slot", None),
            # Without this listen, the first message after the return would hand off again.
            ActionExecuted("action_listen"),
            ConversationPaused(),
        ]

    def _story(self, tracker: Tracker, decision: Decision, hand: OrderInHand) -> Story:
        return tell_story(
            self._events(tracker),
            decision,
            notes=tracker.get_slot("picture_notes") or (),
            order_number=hand.number,
            order_proved=hand.proved,
        )

    def _events(self, tracker: Tracker) -> list[dict[str, Any]]:
        """All events of the conversation: Rasa sends only the recent ones, the log has the rest."""
        try:
            saved = self.services.conversations.everything(tracker.sender_id)
        except SQLAlchemyError:
            saved = []  # the recent events are better than no ticket
        last = max((float(event.get("timestamp") or 0.0) for event in saved), default=0.0)
        return [*saved, *(e for e in tracker.events if float(e.get("timestamp") or 0.0) > last)]

    def _announce(
        self, dispatcher: CollectingDispatcher, reference: str, upset: bool, speech: Speech
    ) -> None:
        policy, now = self.services.policy, self.services.now()
        kind = "say_handoff_upset" if upset else "say_handoff"
        facts = {"reference": reference}
        opens = None if policy.open_at(now) else policy.next_opening(now)
        if opens is not None:
            facts["opens"] = speech.moment(opens)
        ending = "closed" if opens is not None else "open"
        dispatcher.utter_message(response=f"{kind}_{ending}", **facts)
