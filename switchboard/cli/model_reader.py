"""Reads messages with a trained model, outside of any conversation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from switchboard.errors import ConfigurationError
from switchboard.learning.comparison import Reader
from switchboard.tickets.story import original_intent


class ModelReader(Reader):
    """One model in this process. `told`: called after each message with how many are read.

    Raises:
        ConfigurationError: the file is no model that this Rasa can load.
    """

    def __init__(self, model: Path, told: Callable[[int], None] = lambda _: None) -> None:
        # Rasa's debug lines repeat what customers wrote.
        quiet = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=quiet)
        # Rasa takes seconds to import.
        from rasa.core.agent import Agent

        self._agent, self._told = Agent.load(str(model)), told
        if not self._agent.is_ready():
            raise ConfigurationError(f"{model} is no model")

    def read(self, texts: Sequence[str]) -> list[str]:
        """The classifier's intent of each message."""
        return asyncio.run(self._read(texts))

    async def _read(self, texts: Sequence[str]) -> list[str]:
        found = []
        for number, text in enumerate(texts, start=1):
            found.append(original_intent(await self._agent.parse_message(text)))
            self._told(number)
        return found
