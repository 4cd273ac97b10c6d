"""Open questions: what nobody scripted, answered from the shop's articles."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SafeAction
from switchboard.answering.engine import MAX_QUESTION, Origin
from switchboard.answering.model import Message
from switchboard.handoff.story import read_lines

MAX_MESSAGE = 10_000


def history(tracker: Tracker) -> list[Message]:
    """The conversation before the latest message, as a model reads it."""
    lines = read_lines(tracker.events)
    if lines and lines[-1].speaker == "customer":
        lines = lines[:-1]
    return [Message("user" if x.speaker == "customer" else "assistant", x.text) for x in lines]


class ActionAnswerOpenQuestion(SafeAction):
    """Answers from a model that read the right articles, or from the best article itself."""

    def name(self) -> str:
        """See `SafeAction`."""
        return "action_answer_open_question"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Answer, or say honestly that there is no answer; twice in a row, offer a person."""
        question = str(tracker.latest_message.get("text") or "")
        if len(question) > MAX_MESSAGE:
            dispatcher.utter_message(response="say_message_too_long")
            return []
        found = await self.services.answers.answer(question[:MAX_QUESTION], history(tracker))
        if found.origin is Origin.NOWHERE:
            misses = int(tracker.get_slot("open_misses") or 0) + 1
            again = "_again" if misses > 1 else ""
            dispatcher.utter_message(response=f"say_open_unknown{again}")
            return [SlotSet("open_misses", misses)]
        dispatcher.utter_message(
            response=f"say_open_answer_{found.origin.value}",
            answer=found.text,
            source=found.sources[0].title,
        )
        return [SlotSet("open_misses", 0)]
