"""What every action shares: its services, and one place where failures end."""

from __future__ import annotations

import logging
import secrets
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices, services
from switchboard.conversations.routes import Decision
from switchboard.conversations.turns import CONTINUES, ROUTE
from switchboard.errors import OrderSystemError
from switchboard.orders.model import normal_number
from switchboard.shop.speech import Speech

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]


def take_up(
    tracker: Tracker, text: str, parsed: dict[str, Any], continues: str, decision: Decision
) -> Events:
    """Go on as if NLU had read this so, on the route that is decided for it.

    `continues` tells of which message it is (`THIS_MESSAGE` or `AN_EARLIER_ONE`), so that the
    customer's words count once.
    """
    carried = {**parsed, CONTINUES: continues, ROUTE: decision.as_dict()}
    return [
        ActionExecuted("action_listen"),
        UserUttered(text, carried, input_channel=tracker.get_latest_input_channel()),
    ]


class SafeAction(Action, ABC):
    """An action whose failure the customer hears of in a sentence.

    An exception that left `run` would become an HTTP 500 that repeats the customer's words; here
    it becomes an apology with a reference, and a line in the log without any of them.
    """

    def __init__(self, given: ActionServices | None = None) -> None:
        self._given = given

    @property
    def services(self) -> ActionServices:
        """The given services, else those of the process."""
        return self._given or services()

    def speech(self, tracker: Tracker) -> Speech:
        """Words in the conversation's language."""
        return self.services.phrasebook.speak(tracker.get_slot("language"))

    def order_in_hand(self, tracker: Tracker) -> tuple[str | None, bool]:
        """The order that is spoken of, and whether the customer proved it; asks the database."""
        number = normal_number(str(tracker.get_slot("order_number") or ""))
        proved = number is not None and self.services.gate.proved(tracker.sender_id, number)
        return number, proved

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    @abstractmethod
    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Do the work; may raise."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """See `Action`."""
        try:
            return await self.answer(dispatcher, tracker, domain)
        except OrderSystemError as error:
            # Our own errors name kinds and codes, never the customer's words.
            logger.warning("%s: %s: %s", self.name(), type(error).__name__, error)
            return self.failed(dispatcher, "order_system_down")
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.error("%s failed (%s): %s", self.name(), error_id, type(error).__name__)
            logger.debug("error %s", error_id, exc_info=error)
            return self.failed(dispatcher, "error", error_id=error_id)

    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        """Tell the customer, and leave whatever form was active."""
        dispatcher.utter_message(response=f"say_{kind}", **facts)
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
