"""A transcriber behind any OpenAI-compatible `/v1/audio/transcriptions`."""

from __future__ import annotations

import asyncio

import httpx
import openai
from async_timeout import timeout
from circuitbreaker import CircuitBreaker
from typing_extensions import override

from switchboard.errors import ModelDown, ModelWrong
from switchboard.llm.bounded import BoundedTransport
from switchboard.llm.chat_model import Deadline
from switchboard.llm.model_chain import FAILURES, REST_SECONDS
from switchboard.llm.openai_model import RETRIED, RETRIES, Provider, retry_after
from switchboard.text.storable import clean_text
from switchboard.voice.transcriber import MAX_CHARACTERS, Transcriber

MAX_REPLY = 200_000
"""Bytes of a service's reply."""
MOST_AT_ONCE = 8
"""Calls of one process; more wait, within their own time."""
_PAUSE = 0.25
_ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/amr": "amr",
}
"""Services tell a format by the file's name."""


class OpenAITranscriber(Transcriber):
    """Bounded in time, tries, bytes and calls at once; rests after failures in a row.

    The service is asked for `json`, which all of them know: the language that others tell along
    with it is not used, since short sounds are often heard as another language.
    """

    def __init__(self, provider: Provider) -> None:
        self._model = provider.model
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._breaker = CircuitBreaker(FAILURES, REST_SECONDS, ModelDown, name="transcription")
        transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=MOST_AT_ONCE))
        self._client = openai.AsyncOpenAI(
            # Local servers need no key, but the client requires one.
            api_key=provider.api_key or "none",
            base_url=provider.base_url or None,
            max_retries=0,
            http_client=httpx.AsyncClient(
                transport=BoundedTransport(transport, MAX_REPLY), timeout=30
            ),
        )
        # The client imports much of itself on first use: done now, not during a customer's turn.
        self._transcriptions = self._client.audio.transcriptions

    @override
    async def transcribe(self, sound: bytes, mime: str, deadline: Deadline) -> str:
        if self._breaker.opened:
            raise ModelDown("resting")
        # Not `wait_for`: in Python 3.10 it swallows a cancellation that meets the result.
        try:
            async with timeout(deadline.left), self._places:
                text = await self._breaker.call_async(self._ask, sound, mime, deadline)
        except asyncio.TimeoutError as error:
            raise ModelDown("too many calls at once") from error
        return str(text)

    async def _ask(self, sound: bytes, mime: str, deadline: Deadline) -> str:
        tries = 0
        while True:
            wait = _PAUSE * 2**tries
            try:
                async with timeout(deadline.left):
                    return await self._once(sound, mime, deadline)
            except asyncio.TimeoutError as error:
                raise ModelDown("no reply in time") from error
            except openai.APIStatusError as error:
                wait = retry_after(error.response) or wait
                if error.status_code not in RETRIED or tries >= RETRIES or wait >= deadline.left:
                    # 400 and 413 are about this sound, and say nothing of the next one.
                    about_it = error.status_code in (400, 413, 415, 422)
                    raise (ModelWrong if about_it else ModelDown)(
                        f"status {error.status_code}"
                    ) from None
            except openai.APIConnectionError:
                if tries >= RETRIES or wait >= deadline.left:
                    raise ModelDown("unreachable") from None
            except (openai.OpenAIError, httpx.HTTPError, ValueError, AttributeError) as error:
                raise ModelWrong(type(error).__name__) from None
            tries += 1
            await asyncio.sleep(wait)

    async def _once(self, sound: bytes, mime: str, deadline: Deadline) -> str:
        name = f"voice.{_ENDINGS.get(mime, 'ogg')}"
        told = await self._transcriptions.create(
            model=self._model,
            file=(name, sound, mime),
            response_format="json",
            timeout=max(deadline.left, 0.01),
        )
        text = getattr(told, "text", None)
        if not isinstance(text, str):  # the client checks no reply: HTML, a list, a number
            raise ModelWrong("no transcript")
        text = clean_text(text.encode("utf-8", "replace").decode()).strip()
        if len(text) > MAX_CHARACTERS:
            raise ModelWrong("a transcript without end")
        return text

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
