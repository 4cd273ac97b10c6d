"""Two repairs to how Rasa's server calls the action server.

Rasa 3.6.21 builds a JSON-schema checker anew for every call (22 ms on two cores; once, it is
0.2 ms), and when the action server is away, the customer is left without a word.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import jsonschema
from rasa.core.actions.action import RemoteAction, create_bot_utterance
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

logger = logging.getLogger(__name__)

APOLOGY = "say_action_server_down"
MAX_SECONDS = 15.0
"""Rasa would wait five minutes; our actions keep their own limits well below this."""
_validator = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())
_stock_run = RemoteAction.run


def _validate(_self: RemoteAction, result: dict[str, Any]) -> bool:
    _validator.validate(result)
    return True


def _apologised_already(tracker: DialogueStateTracker) -> bool:
    """Whether the customer was told in this turn: one failure may hit several calls."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, BotUttered) and event.metadata.get("utter_action") == APOLOGY:
            return True
    return False


async def _run(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    try:
        call = _stock_run(self, output_channel, nlg, tracker, domain)
        events: list[Event] = await asyncio.wait_for(call, MAX_SECONDS)
        return events
    except (
        RasaException,
        aiohttp.ClientError,
        asyncio.TimeoutError,
        jsonschema.ValidationError,
        ValueError,
    ) as error:
        from rasa.core.actions.action import ActionExecutionRejection

        if isinstance(error, ActionExecutionRejection):
            raise
        # The error's text may hold the customer's words: only its kind is logged.
        logger.error("action %s failed: %s", self.name(), type(error).__name__)
    end_form = [ActiveLoop(None), SlotSet("requested_slot", None)]
    if _apologised_already(tracker):
        return end_form
    response = await nlg.generate(APOLOGY, tracker, output_channel.name())
    if response is None:
        return end_form
    return [create_bot_utterance({**response, "utter_action": APOLOGY}), *end_form]


def install() -> None:
    """Put both repairs in place; doing it twice changes nothing."""
    RemoteAction._validate_action_result = _validate
    RemoteAction.run = _run
