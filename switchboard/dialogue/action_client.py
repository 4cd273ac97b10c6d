"""Patches how Rasa's server calls the action server.

Rasa 3.6.21 builds a JSON-schema validator for every call (22 ms on two cores; with one validator,
0.2 ms), and sends the customer nothing when the action server is down: here a turn that an inbox
holds is abandoned and done when the server is back; any other is told so. When a customer writes
again while a model is being called, that call is cancelled, which ends the model's work too, and
the question is answered at once from the articles.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
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
from rasa.utils.endpoints import ClientResponseError

from switchboard.conversations.turns import OVERTAKEN
from switchboard.dialogue.action_endpoint import ActionEndpoint
from switchboard.dialogue.turn_order import overtaken
from switchboard.errors import TurnAbandoned
from switchboard.failures import place_of
from switchboard.mailroom.leases import current_claim
from switchboard.mailroom.pacing import waiting

logger = logging.getLogger(__name__)

APOLOGY = "say_action_server_down"
MAX_SECONDS = 15.0
"""Rasa's limit is five minutes; our actions keep their own limits well below this one."""
OPEN_QUESTION = "action_answer_open_question"
_AWAY = (502, 503, 504)
_validator = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())
_stock_run = RemoteAction.run


def _validate(_self: RemoteAction, result: dict[str, Any]) -> bool:
    _validator.validate(result)
    return True


def _apologised_already(tracker: DialogueStateTracker) -> bool:
    """Whether this turn has apologised already: one failure may affect several calls."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, BotUttered) and event.metadata.get("utter_action") == APOLOGY:
            return True
    return False


async def _unless_overtaken(
    call: Callable[[], Coroutine[Any, Any, list[Event]]], tracker: DialogueStateTracker
) -> list[Event]:
    """The call's events; those of a second, brief one if the customer writes again meanwhile."""
    newer = overtaken(tracker.sender_id)
    if newer is None:
        return await call()
    asked = asyncio.ensure_future(call())
    waiting = asyncio.ensure_future(newer.wait())
    try:
        await asyncio.wait({asked, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return asked.result()
    finally:
        waiting.cancel()
        asked.cancel()  # no effect if done; else it closes the connection
    await asyncio.wait({asked})
    if tracker.latest_message is not None:
        tracker.latest_message.metadata[OVERTAKEN] = True
        tracker.latest_message.parse_data["metadata"] = tracker.latest_message.metadata
    return await call()


def _is_away(error: BaseException) -> bool:
    """Whether the action server was not there, rather than there and wrong."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ClientResponseError | ClientResponseError):
            return cause.status in _AWAY
        if isinstance(cause, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


async def _run(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    self.action_endpoint = ActionEndpoint(self.name(), self.action_endpoint)

    def call() -> Coroutine[Any, Any, list[Event]]:
        return _stock_run(self, output_channel, nlg, tracker, domain)  # type: ignore[no-any-return]

    asked = _unless_overtaken(call, tracker) if self.name() == OPEN_QUESTION else call()
    try:
        async with waiting():
            return await asyncio.wait_for(asked, MAX_SECONDS)
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
        # The error's text may contain the customer's words.
        logger.error("action %s failed: %s", self.name(), place_of(error))
        if current_claim() is not None:
            raise TurnAbandoned(f"{self.name()} was not done", away=_is_away(error)) from None
    end_form = [ActiveLoop(None), SlotSet("requested_slot", None)]
    if _apologised_already(tracker):
        return end_form
    response = await nlg.generate(APOLOGY, tracker, output_channel.name())
    if response is None:
        return end_form
    return [create_bot_utterance({**response, "utter_action": APOLOGY}), *end_form]


def install() -> None:
    """Apply the patches; idempotent."""
    RemoteAction._validate_action_result = _validate
    RemoteAction.run = _run
