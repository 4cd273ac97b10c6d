"""Watches Rasa's turns, of whatever channel: counts and times them, with a log line and a trace.

The route is what the tracker store decided when the turn was saved.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from switchboard.observing.figures import TURN_SECONDS, TURNS, known_channel
from switchboard.observing.tracing import span
from switchboard.observing.turn_context import turn_of

logger = logging.getLogger(__name__)

FAILED = "failed"
"""In place of a route, where the turn raised; `none` where nothing was decided."""
_stock_handle = Agent.handle_message


async def _handle_message(self: Agent, message: UserMessage) -> Any:
    channel, began = known_channel(message.input_channel), perf_counter()
    with turn_of(message.sender_id) as turn, span("turn", channel=channel) as begun:
        route = FAILED
        try:
            answer = await _stock_handle(self, message)
            route = turn.route or "none"
            return answer
        finally:
            seconds = perf_counter() - began
            TURNS.labels(channel=channel, route=route).inc()
            TURN_SECONDS.labels(channel=channel).observe(seconds)
            logger.info("a turn on %s: %s, %.0f ms", channel, route, seconds * 1000)
            if begun is not None:
                begun.set_attribute("switchboard.route", route)


def install() -> None:
    """Apply the patch; idempotent."""
    Agent.handle_message = _handle_message
