"""The base of all actions: services and error handling."""

from __future__ import annotations

import asyncio
import logging
import secrets
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa_sdk.executor import CollectingDispatcher
from sanic.exceptions import ServiceUnavailable
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from actions.action_services import ActionServices, services
from switchboard.conversations.routes import Decision
from switchboard.conversations.turns import CONTINUES, ROUTE
from switchboard.errors import OrderSystemError
from switchboard.failures import place_of
from switchboard.orders.identity import OrderInHand
from switchboard.orders.model import Order
from switchboard.shop.speech import Speech

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]


def continue_as(
    tracker: Tracker, text: str, parsed: dict[str, Any], continues: str, decision: Decision
) -> Events:
    """Continue as if NLU had parsed the message like this, on the decided route.

    `continues` states which message it is (`THIS_MESSAGE` or `AN_EARLIER_ONE`), so that the
    customer's words count once.
    """
    carried = {**parsed, CONTINUES: continues, ROUTE: decision.as_dict()}
    return [
        ActionExecuted("action_listen"),
        UserUttered(text, carried, input_channel=tracker.get_latest_input_channel()),
    ]


class SafeAction(Action, ABC):
    """An action whose failure the customer is told of.

    An exception that leaves `run` would become an HTTP 500 that repeats the customer's words; here
    it becomes an apology with a reference, and a log line without those words.
    """

    def __init__(self, given: ActionServices | None = None) -> None:
        self._given = given

    @property
    def services(self) -> ActionServices:
        """The injected services, else those of the process."""
        return self._given or services()

    def speech(self, tracker: Tracker) -> Speech:
        """The `Speech` in the conversation's language."""
        return self.services.phrasebook.speak(tracker.get_slot("language"))

    async def order_in_hand(self, tracker: Tracker) -> OrderInHand:
        """The order in question, and whether this conversation proved its identity for it."""
        named = tracker.get_slot("order_number")
        return await asyncio.to_thread(self.services.gate.in_hand, tracker.sender_id, named)

    async def open_order(self, tracker: Tracker) -> Order | None:
        """The order in question, if this conversation proved its identity for it, else None."""
        hand = await self.order_in_hand(tracker)
        if hand.number is None or not hand.proved:
            return None
        return await self.services.orders.find(hand.number)

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    @abstractmethod
    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Do the work; may raise."""

    @override
    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        try:
            return await self.answer(dispatcher, tracker, domain)
        except OrderSystemError as error:
            # Our own errors contain types and codes, never the customer's words.
            logger.warning("%s: %s: %s", self.name(), place_of(error), error)
            return self.failed(dispatcher, "order_system_down")
        except OperationalError as error:
            # The database is away: a turn that an inbox holds is done when it is back.
            logger.error("%s waits for the database: %s", self.name(), place_of(error))
            raise ServiceUnavailable("the database is away") from None
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.error("%s failed (%s): %s", self.name(), error_id, place_of(error))
            return self.failed(dispatcher, "error", error_id=error_id)

    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        """Tell the customer, and end the active form."""
        dispatcher.utter_message(response=f"say_{kind}", **facts)
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
