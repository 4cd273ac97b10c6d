"""Messages with two possible or two actual requests."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction, continue_as
from actions.order_turn import message_numbers
from actions.questions import ActionAnswerOpenQuestion
from switchboard.conversations.routes import decide
from switchboard.conversations.turns import AN_EARLIER_ONE, UNCLEAR_INTENT


class ActionAskMeaning(SafeAction):
    """Asks which of two equally likely intents is meant; the second time, an open question."""

    @override
    def name(self) -> str:
        return "action_ask_meaning"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer both as buttons, with the order number from the message."""
        ranking = tracker.latest_message.get("intent_ranking") or []
        names = [str(e["name"]) for e in ranking if e["name"] != UNCLEAR_INTENT][:2]
        if _asked_last_time(tracker) or len(names) < 2:
            return await ActionAnswerOpenQuestion(self._given).answer(dispatcher, tracker, domain)
        speech = self.speech(tracker)
        number = next(iter(message_numbers(tracker)), None)
        entity = f'{{"order_number": "{number}"}}' if number else ""
        titles = [speech.word("meanings", name) for name in names]
        dispatcher.utter_message(
            response="say_did_you_mean",
            first=titles[0],
            second=titles[1],
            buttons=[
                {"title": title, "payload": f"/{name}{entity}"}
                for title, name in zip(titles, names, strict=True)
            ],
        )
        return []


def _asked_last_time(tracker: Tracker) -> bool:
    """Whether the customer's previous message was asked back about."""
    turns = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            turns += 1
        if turns > 1:
            return False
        if event.get("event") == "action" and event.get("name") == "action_ask_meaning":
            return turns == 1
    return False


class ActionNextRequest(SafeAction):
    """Continues with a pending request from an earlier message."""

    @override
    def name(self) -> str:
        return "action_next_request"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Process the next request as if it were written now."""
        waiting = list(tracker.get_slot("pending_requests") or [])
        if not waiting:
            return [SlotSet("pending_requests", None)]
        request = waiting.pop(0)
        dispatcher.utter_message(response="say_next_request", request=request["text"])
        parsed = {key: request[key] for key in ("text", "intent", "entities")}
        return [
            SlotSet("pending_requests", waiting or None),
            *continue_as(tracker, request["text"], parsed, AN_EARLIER_ONE, decide(parsed)),
        ]
