"""A model on any OpenAI-compatible server: a provider, llama.cpp, vLLM, Ollama and others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import openai
from async_timeout import timeout
from typing_extensions import override

from switchboard.errors import ModelDown, ModelError, ModelWrong
from switchboard.llm.bounded import BoundedTransport
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema, Usage
from switchboard.llm.dialect import Dialect
from switchboard.llm.reply_stream import DONE, event_in, read_body, text_in, usage_in

MAX_ANSWER_TOKENS = 500
MAX_ANSWER_CHARACTERS = 8000
RETRIES = 2
_PAUSE = 0.25
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})


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
            http_client=httpx.AsyncClient(
                transport=BoundedTransport(
                    httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=200))
                ),
                timeout=30,
            ),
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
                return await self._once(messages, schema, deadline)
            except openai.APIStatusError as error:
                status = error.status_code
                simpler = self._dialect.after_refusal(status, str(error))
                if simpler is not None:
                    self._dialect = simpler
                    continue
                wait = retry_after(error.response) or _PAUSE * 2**tries
                if status not in RETRIED or tries >= RETRIES or wait >= deadline.left:
                    raise ModelDown(f"status {status}") from error
            except openai.APIConnectionError as error:
                wait = _PAUSE * 2**tries
                if tries >= RETRIES or wait >= deadline.left:
                    raise ModelDown("unreachable") from error
            except (openai.OpenAIError, httpx.HTTPError, ValueError) as error:
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
            raise _billed(ModelDown("no reply in time")) from error

    async def _once(
        self, messages: Sequence[Message], schema: Schema | None, deadline: Deadline
    ) -> Completion:
        """One call. What a server sends is bounded in time, by the deadline, and in bytes."""
        # In `extra_body`, as the client walks through typed parameters: milliseconds for a schema,
        # and more than one for the messages.
        parameters = self._dialect.parameters(schema, self._max_tokens)
        parameters["messages"] = [_wire(message) for message in messages]
        opening = self._completions.with_streaming_response.create(
            model=self.name,
            messages=(),
            stream=True,
            timeout=max(deadline.left, 0.01),
            extra_body=parameters,
        )
        async with contextlib.AsyncExitStack() as stack:
            # Leaving early closes the connection, which tells the server to stop.
            soon = min(self._provider.stall, deadline.left)
            opened = await self._within(stack.enter_async_context(opening), soon)
            try:
                text, usage = await self._read(opened.http_response, deadline)
            except ModelError as error:
                raise _billed(error) from error.__cause__
            except (httpx.HTTPError, ValueError) as error:  # the connection broke in the stream
                raise _billed(ModelDown(type(error).__name__)) from error
        return Completion(text, usage, self.name)

    async def _read(self, response: httpx.Response, deadline: Deadline) -> tuple[str, Usage]:
        """The text of a response and its usage, streamed or whole."""
        if "json" in response.headers.get("content-type", ""):  # a server that does not stream
            body = read_body((await self._within(response.aread(), deadline.left)).decode())
            return _usable(text_in(body)), usage_in(body)
        parts: list[str] = []
        size, usage = 0, Usage()
        lines = response.aiter_lines()
        while (line := await self._next_line(lines, deadline)) is not None:
            if line[5:].strip() == DONE:
                break
            event = event_in(line)
            if event is None:
                continue
            usage = usage_in(event) if event.get("usage") else usage
            parts.append(text_in(event))
            size += len(parts[-1])
            if size > MAX_ANSWER_CHARACTERS:
                raise ModelWrong("a reply without end")
        return _usable("".join(parts)), usage

    async def _next_line(self, lines: AsyncIterator[str], deadline: Deadline) -> str | None:
        """The next line; None at the end.

        Raises:
            ModelDown: the deadline has passed, even if lines keep coming, or the server is silent.
        """
        stall = min(self._provider.stall, deadline.left)
        if not stall:
            raise ModelDown("no reply in time")
        try:
            async with timeout(stall):
                return await lines.__anext__()
        except StopAsyncIteration:
            return None
        except asyncio.TimeoutError as error:
            raise ModelDown(f"silent for {stall:g} s") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _billed(error: ModelError) -> ModelError:
    """The error of a call that the server took on: it may have worked on it all the same."""
    error.billed = True
    return error


def _usable(text: str) -> str:
    # Lone surrogates come out of JSON escapes, and cannot be written anywhere.
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise ModelWrong("an empty reply")
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise ModelWrong("a reply without end")
    return text


def _wire(message: Message) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.content}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return {"role": message.role, "content": parts}


def retry_after(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; None for its date form, so the default pause applies."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None
