"""A model whose calls are paid for out of the day's ceiling."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from typing_extensions import override

from switchboard.errors import CeilingReached, ModelError, ModelWrong
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema, Usage
from switchboard.llm.prices import Price
from switchboard.llm.spending import DailyCeiling, Spending
from switchboard.llm.token_counter import TokenCounter
from switchboard.observing.figures import MODEL_CALLS, MODEL_MONEY, MODEL_TOKENS
from switchboard.observing.tracing import span

UNKNOWN_PRICE = Price(5.0, 15.0)
"""For a model whose price nobody set, and no other either: that of a large model of a provider."""
PICTURE_TOKENS = 1500
"""Of one picture: what a large one costs at the providers that publish it."""


@dataclass(frozen=True)
class Meter:
    """What a call's cost is counted with. `prices` by model; a missing one is as the dearest."""

    ceiling: DailyCeiling
    counter: TokenCounter
    prices: Mapping[str, Price]
    reply_tokens: int

    def price(self, model: str) -> Price:
        """The price of a model."""
        if not self.prices:
            return UNKNOWN_PRICE if not self.ceiling.unlimited else Price()
        dearest = max(self.prices.values(), key=lambda price: price.prompt + price.completion)
        return self.prices.get(model, dearest)


class MeteredModel(ChatModel):
    """Reserves the most that a call can cost, then settles by what the server reports.

    What a server does not report, or not plausibly, counts by our own estimate. A call that was cut
    off stays at what was reserved for it: the server may have worked to the end.
    """

    def __init__(self, model: ChatModel, meter: Meter) -> None:
        self.name = model.name
        self._model, self._meter = model, meter

    @override
    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        """As the model's.

        Raises:
            CeilingReached: the day's spending does not allow the call.
        """
        prompt = self._prompt_tokens(messages)
        reserved = await self._reserve(Usage(prompt, self._meter.reply_tokens))
        try:
            completion = await self._call(messages, deadline, schema)
        except ModelError as error:
            if not error.billed:
                await self._settle(reserved, Usage(), self.name)
            raise
        usage = completion.usage
        if usage.prompt:
            self._meter.counter.learn(messages, usage.prompt)
        said = self._meter.counter.count([Message("assistant", completion.text)])
        usage = Usage(usage.prompt or prompt, usage.completion or said)
        await self._settle(reserved, usage, completion.model)
        settled = replace(completion, usage=usage)
        MODEL_TOKENS.labels(kind="prompt").inc(usage.prompt)
        MODEL_TOKENS.labels(kind="completion").inc(usage.completion)
        MODEL_MONEY.inc(self.money(settled))
        return settled

    async def _call(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None
    ) -> Completion:
        outcome = "cut_off"
        with span("model", model=self.name):
            try:
                completion = await self._model.complete(messages, deadline, schema)
                outcome = "answered"
            except ModelError as error:
                outcome = "wrong" if isinstance(error, ModelWrong) else "down"
                raise
            finally:
                MODEL_CALLS.labels(outcome=outcome).inc()
        return completion

    def money(self, completion: Completion) -> float:
        """What a call came to."""
        return self._meter.price(completion.model).of(completion.usage)

    def _prompt_tokens(self, messages: Sequence[Message]) -> int:
        pictures = sum(len(message.images) for message in messages)
        return self._meter.counter.count(messages) + PICTURE_TOKENS * pictures

    async def _reserve(self, usage: Usage) -> Spending | None:
        ceiling = self._meter.ceiling
        if ceiling.unlimited:
            return None
        money = self._meter.price(self.name).of(usage)
        tokens = usage.prompt + usage.completion
        reserved = await asyncio.to_thread(ceiling.reserve, tokens, money)
        if reserved is None:
            raise CeilingReached("ceiling")
        return reserved

    async def _settle(self, reserved: Spending | None, usage: Usage, model: str) -> None:
        if reserved is not None:
            money = self._meter.price(model).of(usage)
            tokens = usage.prompt + usage.completion
            await asyncio.to_thread(self._meter.ceiling.settle, reserved, tokens, money)
