"""The port to a language model, and the one behind it: any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import openai

from switchboard.errors import ModelDown, ModelWrong
from switchboard.settings import Settings

MAX_ANSWER_TOKENS = 400


@dataclass(frozen=True)
class Message:
    """One line of a conversation as a model reads it."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """Something that continues a conversation."""

    async def complete(self, messages: Sequence[Message]) -> str:
        """The reply's text.

        Raises:
            ModelDown: unreachable, too slow, rate-limited, refused, or a server error.
            ModelWrong: a reply without text.
        """


class OpenAIChatModel:
    """A model behind the OpenAI protocol. One retry, everything within the time limit."""

    def __init__(self, settings: Settings) -> None:
        self._name = settings.llm_model
        self._timeout = settings.llm_timeout
        self._client = openai.AsyncOpenAI(
            # Local servers ask for no key, the client insists on one.
            api_key=settings.llm_api_key or "none",
            base_url=settings.llm_base_url or None,
            timeout=settings.llm_timeout,
            max_retries=1,
        )

    async def complete(self, messages: Sequence[Message]) -> str:
        """See `ChatModel`."""
        try:
            reply = await asyncio.wait_for(
                self._client.chat.completions.create(
                    model=self._name,
                    messages=[{"role": m.role, "content": m.content} for m in messages],  # type: ignore[misc]
                    temperature=0.2,
                    max_tokens=MAX_ANSWER_TOKENS,
                ),
                self._timeout,
            )
        except asyncio.TimeoutError as error:
            raise ModelDown(f"no reply within {self._timeout:g} s") from error
        except openai.APIStatusError as error:
            raise ModelDown(f"status {error.status_code}") from error
        except (openai.OpenAIError, ValueError) as error:  # ValueError: a body that is not JSON
            raise ModelDown(type(error).__name__) from error
        choices = getattr(reply, "choices", None)
        content = choices[0].message.content if choices else None
        if not content or not content.strip():
            raise ModelWrong("an empty reply")
        return str(content)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()
