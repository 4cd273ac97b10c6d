"""Plays Rasa's part for one action: slots, events, entities, and what was said."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from switchboard.conversations.routes import WINDOW, decide, decided


class Conversation:
    """A tracker that remembers what actions set."""

    def __init__(self, sender: str = "maya") -> None:
        self.sender = sender
        self.slots: dict[str, Any] = {}
        self.loop: str | None = None
        self.events: list[dict[str, Any]] = []
        self.message: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}

    def says(self, text: str, intent: str = "inform", **fresh: Any) -> None:
        """The customer writes; `fresh` are the slots that Rasa fills from it."""
        named = {
            name: fresh[name] for name in ("order_number", "product", "quote") if name in fresh
        }
        entities = [
            {"entity": name, "value": value}
            for name, values in named.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        self.message = {"text": text, "intent": {"name": intent}, "entities": entities}
        self.message["metadata"] = self.metadata
        self.events.append({"event": "user", "text": text, "parse_data": self.message})
        fresh.pop("product", None)
        fresh.pop("quote", None)
        for name, value in fresh.items():
            self.slots[name] = value
            self.events.append({"event": "slot", "name": name, "value": value})

    def offer_filled(self) -> None:
        """What Rasa does when a form begins: every filled slot is a candidate again."""
        for name, value in self.slots.items():
            if value is not None:
                self.events.append({"event": "slot", "name": name, "value": value})

    async def run(self, action: SafeAction) -> list[dict[str, Any]]:
        """Run an action and apply its events; the responses it uttered."""
        if self.message and decided(self.message) is None:  # as Rasa's process does before
            said = [e["parse_data"] for e in self.events if e["event"] == "user"]
            moods = [parsed.get("mood") or {} for parsed in said]
            self.message["route"] = decide(self.message, moods[-WINDOW:]).as_dict()
        tracker = Tracker(
            self.sender,
            dict(self.slots),
            self.message,
            list(self.events),
            False,
            None,
            {"name": self.loop} if self.loop else {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        returned = await action.run(dispatcher, tracker, {})
        for event in returned:
            self.events.append(event)
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            if event["event"] == "active_loop":
                self.loop = event["name"]
        return dispatcher.messages


def names(messages: list[dict[str, Any]]) -> list[str]:
    return [message["response"] for message in messages]
