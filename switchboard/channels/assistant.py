"""Runs one message through Rasa, or returns the answers that it got before a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from typing_extensions import override

from switchboard.errors import AssistantNotReady, PartAway, PartFailed, TurnAbandoned
from switchboard.mailroom.message import Incoming, Outgoing, read_response
from switchboard.observing.turn_context import turn_of
from switchboard.text.typed_text import typed

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class TurnOutput(OutputChannel):
    """Collects the messages of a turn, so that all of them are delivered or none."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: list[Outgoing] = []

    def name(self) -> str:
        """The channel's name, so that its variants of responses are chosen."""
        return self._channel

    @override
    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(read_response(message))


class Assistant:
    """Runs messages through Rasa's agent."""

    def __init__(
        self, channel: str, on_new_message: OnNewMessage, agent: Callable[[], Agent | None]
    ) -> None:
        self._channel, self._on_new_message, self._agent = channel, on_new_message, agent

    async def hear(
        self, conversation: str, message: Incoming, message_id: str, again: bool
    ) -> list[Outgoing]:
        """Run a message and return the assistant's answers.

        With `again`, a message that is in the conversation already is not run again: its recorded
        answers are returned. What no channel marked as a command is none, whatever it begins with.

        Raises:
            AssistantNotReady: no model is loaded.
            PartAway: the action server is away; nothing was stored.
            PartFailed: it failed; nothing was stored.
            LeaseLost: another process works on the conversation.
        """
        agent = self._ready()
        text = message.text if message.command else typed(message.text)
        if not text:
            return []
        if again:
            tracker = await agent.tracker_store.retrieve(conversation)
            answered = tracker and answers_to(tracker, message_id)
            if answered is not None:
                return answered
        output = TurnOutput(self._channel)
        said = UserMessage(
            text,
            output,
            conversation,
            input_channel=self._channel,
            message_id=message_id,
            metadata=dict(message.metadata),
        )
        try:
            with turn_of(conversation):
                await self._on_new_message(said)
        except TurnAbandoned as error:
            raise (PartAway if error.away else PartFailed)(str(error)) from None
        return output.messages

    async def record(self, conversation: str, text: str, author: str) -> None:
        """Add a message to the customer that the bot did not write to the conversation.

        Raises:
            AssistantNotReady: no model is loaded.
        """
        agent = self._ready()
        async with agent.lock_store.lock(conversation):
            tracker = await agent.tracker_store.get_or_create_tracker(conversation)
            # A person speaks: a yes to them must not answer what the bot asked before.
            tracker.update(ActiveLoop(None), agent.domain)
            tracker.update(SlotSet("requested_slot", None), agent.domain)
            tracker.update(BotUttered(text, metadata={"author": author}), agent.domain)
            await agent.tracker_store.save(tracker)

    def _ready(self) -> Agent:
        agent = self._agent()
        if agent is None or not agent.is_ready():
            raise AssistantNotReady("no model is loaded")
        return agent


def answers_to(tracker: DialogueStateTracker, message_id: str) -> list[Outgoing] | None:
    """The bot's answers to a message; None if it is not in the conversation."""
    answers: list[Outgoing] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered) and event.message_id:
            if answers is not None:
                break
            answers = [] if event.message_id == message_id else None
        elif isinstance(event, BotUttered) and answers is not None:
            answers.append(read_response({**(event.data or {}), "text": event.text}))
    return answers
