"""Several models as one: each is the fallback of the one before it, within common limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from async_timeout import timeout
from circuitbreaker import CircuitBreaker
from typing_extensions import override

from switchboard.errors import ModelDown
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema

logger = logging.getLogger(__name__)

FAILURES = 3
"""Consecutive failures after which a model is skipped for `REST_SECONDS`."""
REST_SECONDS = 30
FIRST_SHARE = 0.6
"""The share of the remaining time that a model may use while a fallback follows."""


class ModelChain(ChatModel):
    """A chain of models with at most `concurrent` calls at once.

    A call over that limit waits, within its deadline.
    """

    def __init__(self, models: Sequence[ChatModel], concurrent: int = 64) -> None:
        if not models:
            raise ValueError("a chain needs a model")
        self.name = models[0].name
        self._models = list(models)
        self._places = asyncio.Semaphore(concurrent)
        self._breakers = [
            CircuitBreaker(FAILURES, REST_SECONDS, ModelDown, name=f"{index}:{model.name}")
            for index, model in enumerate(models)
        ]

    @override
    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        """An unusable reply (`ModelWrong`) is raised, not passed on to the next model."""
        try:
            async with timeout(deadline.left):
                await self._places.acquire()
        except asyncio.TimeoutError as error:
            raise ModelDown("too many calls at once") from error
        try:
            return await self._ask_in_turn(messages, deadline, schema)
        finally:
            self._places.release()

    async def _ask_in_turn(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None
    ) -> Completion:
        reasons, billed = [], False
        for model, breaker in zip(self._models, self._breakers, strict=True):
            last = model is self._models[-1]
            own = deadline if last else deadline.share(FIRST_SHARE)
            if breaker.opened:
                reasons.append(f"{model.name}: resting")
                continue
            try:
                done: Completion = await breaker.call_async(model.complete, messages, own, schema)
            except ModelDown as error:
                reasons.append(f"{model.name}: {error}")
                billed = billed or error.billed
                logger.warning("model %s: %s", model.name, error)
            else:
                return done
        failure = ModelDown("; ".join(reasons))
        failure.billed = billed
        raise failure
