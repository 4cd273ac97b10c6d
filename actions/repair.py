"""When the conversation itself goes wrong: again, why, back, skip, from the start."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_form import active_task

NO_REASON = "-"
_EXPLAINED = ("order_number", "order_contact", "order_confirm")
_MAY_BE_SKIPPED = {"return_item_reason": NO_REASON}


def requested(tracker: Tracker) -> str:
    """The slot that a form waits for, or an empty text."""
    return str(tracker.get_slot("requested_slot") or "") if active_task(tracker) else ""


class ActionRepeat(SafeAction):
    """Says the last answer again; a form repeats its question by itself."""

    @override
    def name(self) -> str:
        return "action_repeat"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """What was said between the customer's last two messages."""
        if requested(tracker):
            return []
        said = last_answers(tracker)
        if not said:
            dispatcher.utter_message(response="say_nothing_to_repeat")
        for event in said:
            buttons = (event.get("data") or {}).get("buttons")
            dispatcher.utter_message(text=event.get("text"), buttons=buttons or None)
        return []


def last_answers(tracker: Tracker) -> list[dict[str, Any]]:
    """The assistant's messages between the customer's last two."""
    said: list[dict[str, Any]] = []
    users = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            users += 1
            if users == 2:
                break
        elif event.get("event") == "bot" and users == 1 and event.get("text"):
            said.insert(0, event)
    return said


class ActionExplainQuestion(SafeAction):
    """Says why the form asks what it asks."""

    @override
    def name(self) -> str:
        return "action_explain_question"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The reason for the slot in question."""
        slot = requested(tracker)
        if not slot:
            dispatcher.utter_message(response="say_why_nothing")
        else:
            kind = slot if slot in _EXPLAINED else "detail"
            dispatcher.utter_message(response=f"say_why_{kind}")
        return []


class ActionStartOver(SafeAction):
    """Leaves what was going on and asks what it is about; proofs stay."""

    @override
    def name(self) -> str:
        return "action_start_over"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """End the form, forget the order in hand."""
        dispatcher.utter_message(response="say_start_over")
        cleared = ("requested_slot", "order_number", "order_confirm", "pending_requests")
        return [ActiveLoop(None), *(SlotSet(slot, None) for slot in cleared)]


class ActionGoBack(SafeAction):
    """Takes up the form's question before the last again."""

    @override
    def name(self) -> str:
        return "action_go_back"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Forget the answer before; at the first question, and outside of forms, say so."""
        task, slot = active_task(tracker), requested(tracker)
        required = task.required_slots if task else []
        before = required[: required.index(slot)] if slot in required else []
        # Who the customer is stays proved: nothing to go back to.
        details = [name for name in before if name != "order_contact" and tracker.get_slot(name)]
        if not details:
            dispatcher.utter_message(response="say_nothing_before")
            return []
        return [SlotSet(details[-1], None), SlotSet("requested_slot", None)]


class ActionSkip(SafeAction):
    """Goes on without an answer where there can be none, else says what can be done."""

    @override
    def name(self) -> str:
        return "action_skip"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """A reason may be left out; a number may not."""
        slot = requested(tracker)
        if slot in _MAY_BE_SKIPPED:
            return [SlotSet(slot, _MAY_BE_SKIPPED[slot])]
        dispatcher.utter_message(response="say_cannot_skip" if slot else "say_nothing_to_skip")
        return []
