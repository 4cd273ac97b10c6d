"""A model on any OpenAI-compatible server: a provider, llama.cpp, vLLM, Ollama and others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import openai
from async_timeout import timeout
from typing_extensions import override

from switchboard.errors import ModelDown, ModelWrong
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema, Usage
from switchboard.llm.dialect import Dialect

MAX_ANSWER_TOKENS = 500
MAX_ANSWER_CHARACTERS = 8000
RETRIES = 2
_PAUSE = 0.25
_RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Provider:
    """A server and its model. `stall`: seconds without a token after which a call is aborted."""

    model: str
    api_key: str = ""
    base_url: str = ""
    stall: float = 4.0


class OpenAIChatModel(ChatModel):
    """Streams each reply, so that a stalled call is aborted early and a cancelled one ends.

    Retries stay within the turn's deadline and honour `Retry-After`; a wait that would outlast the
    deadline is not started.
    """

    def __init__(self, provider: Provider, max_tokens: int = MAX_ANSWER_TOKENS) -> None:
        self.name = provider.model
        self._provider = provider
        self._max_tokens = max_tokens
        self._dialect = Dialect()
        self._client = openai.AsyncOpenAI(
            # Local servers need no key, but the client requires one.
            api_key=provider.api_key or "none",
            base_url=provider.base_url or None,
            max_retries=0,
            # A limit for idle connections; each call has its own, tighter one.
            http_client=httpx.AsyncClient(limits=httpx.Limits(max_connections=200), timeout=30),
        )

        # The client imports much of itself on first use: done now, not during a customer's turn.
        self._completions = self._client.chat.completions

    @override
    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        tries = 0
        while True:
            try:
                call = self._once(messages, schema, deadline)
                completion: Completion = await self._within(call, deadline.left)
                return completion
            except openai.APIStatusError as error:
                status = error.status_code
                simpler = self._dialect.after_refusal(status, str(error))
                if simpler is not None:
                    self._dialect = simpler
                    continue
                wait = _retry_after(error.response) or _PAUSE * 2**tries
                if status not in _RETRIED or tries >= RETRIES or wait >= deadline.left:
                    raise ModelDown(f"status {status}") from error
            except openai.APIConnectionError as error:
                wait = _PAUSE * 2**tries
                if tries >= RETRIES or wait >= deadline.left:
                    raise ModelDown("unreachable") from error
            except (openai.OpenAIError, httpx.HTTPError, ValueError) as error:
                # httpx: the connection broke in the stream; ValueError: a line that is not JSON.
                raise ModelDown(type(error).__name__) from error
            tries += 1
            await asyncio.sleep(wait)

    @staticmethod
    async def _within(call: Any, seconds: float) -> Any:
        # Not `wait_for`: in Python 3.10 it swallows a cancellation that meets the result.
        try:
            async with timeout(seconds):
                return await call
        except asyncio.TimeoutError as error:
            raise ModelDown("no reply in time") from error

    async def _once(
        self, messages: Sequence[Message], schema: Schema | None, deadline: Deadline
    ) -> Completion:
        parameters = self._dialect.parameters(schema, self._max_tokens)
        stall = self._provider.stall
        listed: Any = [_wire(message) for message in messages]
        opening = self._completions.create(
            model=self.name,
            messages=listed,
            stream=True,
            timeout=max(deadline.left, 0.01),
            # In `extra_body`, as the client validates typed parameters: milliseconds for a schema.
            extra_body=parameters,
        )
        stream: Any = await self._within(opening, stall)
        parts: list[str] = []
        size, usage = 0, Usage()
        # Leaving the stream early closes the connection, which tells the server to stop.
        async with contextlib.aclosing(_chunks(stream, stall)) as chunks:
            async for chunk in chunks:
                if getattr(chunk, "usage", None):
                    usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                for choice in getattr(chunk, "choices", None) or ():
                    piece = getattr(choice.delta, "content", None) or ""
                    parts.append(piece)
                    size += len(piece)
                if size > MAX_ANSWER_CHARACTERS:
                    raise ModelWrong("a reply without end")
        text = "".join(parts).strip()
        if not text:
            raise ModelWrong("an empty reply")
        return Completion(text, usage, self.name)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _chunks(stream: Any, stall: float) -> AsyncGenerator[Any, None]:
    if not hasattr(stream, "__aiter__"):
        raise ModelDown("no stream")
    chunks = stream.__aiter__()
    try:
        while True:
            try:
                async with timeout(stall):
                    chunk = await chunks.__anext__()
            except StopAsyncIteration:
                return
            except asyncio.TimeoutError as error:
                raise ModelDown(f"silent for {stall:g} s") from error
            yield chunk
    finally:
        with contextlib.suppress(Exception):
            await stream.close()


def _wire(message: Message) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.content}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return {"role": message.role, "content": parts}


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; None for its date form, so the default pause applies."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None
