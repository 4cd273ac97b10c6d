"""Ratings of closed tickets: a score by button, then a comment."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction

RATING_SLOT = "rating_ticket"


def _named(tracker: Tracker, entity: str) -> str:
    return str(next(tracker.get_latest_entity_values(entity), None) or "")


class ActionTakeRating(SafeAction):
    """Stores the score, if this customer was asked for it."""

    @override
    def name(self) -> str:
        return "action_take_rating"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Thank the customer and ask for a comment."""
        ticket, score = _named(tracker, "ticket"), _named(tracker, "score")
        number = int(score) if score.isdecimal() and len(score) == 1 else 0
        ratings = self.services.ratings
        if not await asyncio.to_thread(ratings.take, ticket, tracker.sender_id, number):
            dispatcher.utter_message(response="say_rating_known")
            return [SlotSet(RATING_SLOT, None)]
        dispatcher.utter_message(response="say_rating_taken")
        return [SlotSet(RATING_SLOT, ticket)]


class ActionKeepRatingComment(SafeAction):
    """Stores the next message as the comment, unless it is a no."""

    @override
    def name(self) -> str:
        return "action_keep_rating_comment"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Thank the customer."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        text = str(tracker.latest_message.get("text") or "")
        ticket = str(tracker.get_slot(RATING_SLOT) or "")
        if intent not in ("deny", "goodbye", "stop") and not text.startswith("/"):
            await asyncio.to_thread(self.services.ratings.comment, ticket, tracker.sender_id, text)
        dispatcher.utter_message(response="say_rating_comment_taken")
        return [SlotSet(RATING_SLOT, None)]
