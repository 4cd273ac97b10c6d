"""An access token: fetched when it is needed, kept while it is good, one for all lanes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from switchboard.channels.platform_client import PlatformReply

EARLY = 300.0
"""Seconds before its end from which a token is fetched anew: then both are good."""
EXPIRED = frozenset({40001, 40014, 41001, 42001})
"""Codes of a token that is good no more, whatever its time."""
UNREADABLE = -999_999_999
"""In place of a code that is no number: it was not "no error"."""


@dataclass(frozen=True)
class FreshToken:
    """A token as it was given out; `seconds` is for how long."""

    token: str
    seconds: float


class WeixinToken:
    """Keeps a token. `fetch(force)` gets one; by force, it ends those given out before."""

    def __init__(self, fetch: Callable[[bool], Awaitable[FreshToken]]) -> None:
        self._fetch, self._token, self._until = fetch, "", 0.0
        self._one = asyncio.Lock()

    async def get(self) -> str:
        """The token.

        Raises:
            Undelivered: none is given out.
        """
        async with self._one:
            if not self._token or time.monotonic() > self._until:
                self._keep(await self._fetch(False))
            return self._token

    async def renew(self, refused: str) -> str:
        """Another token in place of one that was refused, unless a lane has fetched it already.

        Raises:
            Undelivered: none is given out.
        """
        async with self._one:
            if self._token == refused:
                fresh = await self._fetch(False)
                # The same again: WeChat gives it out for as long as it should be good.
                self._keep(await self._fetch(True) if fresh.token == refused else fresh)
            return self._token

    def _keep(self, fresh: FreshToken) -> None:
        self._token = fresh.token
        self._until = time.monotonic() + max(fresh.seconds - EARLY, fresh.seconds / 2)


def error_code(reply: PlatformReply) -> int:
    """The `errcode` of a reply, also one written as text; 0 without one."""
    code = str(reply.data.get("errcode") or 0)
    return int(code) if re.fullmatch(r"-?\d{1,9}", code, re.ASCII) else UNREADABLE
