"""Calls an API of WeChat's: a token in each call, which is fetched anew when it is refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from switchboard.channels.payload import string
from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import (
    ACCESS_SECONDS,
    PlatformClient,
    PlatformReply,
    Upload,
    retry_after,
)
from switchboard.channels.weixin.weixin_token import EXPIRED, FreshToken, WeixinToken, error_code

MAX_MEDIA = 8_000_000
Fetch = Callable[[PlatformClient, bool], Awaitable[PlatformReply]]
"""Asks for a token; by force, those given out before are ended."""


class WeixinApi:
    """One account. `troubles` says what its codes mean; those not in it are `INVALID`."""

    def __init__(
        self,
        base: str,
        platform: str,
        fetch: Fetch,
        troubles: Mapping[int, Trouble],
        quotas: Mapping[int, float],
    ) -> None:
        self._base, self._fetch = base, fetch
        self._troubles, self._quotas = troubles, quotas
        self._client = PlatformClient(platform=platform)
        self.token = WeixinToken(self._fresh)

    async def call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
        seconds: float | None = None,
        **params: str,
    ) -> Mapping[str, Any]:
        """Make one call; a token that is good no more is fetched anew, once.

        Raises:
            Undelivered: it was refused, or got no answer.
        """
        token = await self.token.get()
        reply = await self._ask(path, token, body, upload, seconds, params)
        if error_code(reply) in EXPIRED:
            token = await self.token.renew(token)
            reply = await self._ask(path, token, body, upload, seconds, params)
        refused = self.read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data

    async def upload(self, upload: Upload, kind: str) -> str:
        """Store a file at WeChat for three days (`kind`: image or file); its number there.

        Raises:
            Undelivered: it was refused, or got no answer.
        """
        data = await self.call("/cgi-bin/media/upload", upload=upload, type=kind)
        return str(data.get("media_id") or "")

    async def download(self, media: str) -> bytes:
        """Download what a customer sent.

        Raises:
            Undelivered: it is gone, too large, or could not be fetched.
        """
        token = await self.token.get()
        content = await self._media(token, media)
        if _told(content).get("errcode") in EXPIRED:
            content = await self._media(await self.token.renew(token), media)
        if _told(content):
            raise Undelivered(Trouble.INVALID, "no such media")
        return content

    def read_refusal(self, reply: PlatformReply) -> Undelivered | None:
        """The error of a reply, by its code; None if the call was accepted."""
        code = error_code(reply)
        detail = f"HTTP {reply.status}, code {code}"
        if reply.status == 429:
            return Undelivered(Trouble.RATE, detail, retry_after(reply))
        if reply.status >= 500:
            return Undelivered(Trouble.DOWN, detail, retry_after(reply))
        if not code:
            if reply.status == 200 and reply.data:
                return None
            return Undelivered(Trouble.UNSURE if reply.status == 200 else Trouble.INVALID, detail)
        if code in self._quotas:
            return Undelivered(Trouble.RATE, detail, self._quotas[code])
        trouble = self._troubles.get(code, Trouble.INVALID)
        pause = ACCESS_SECONDS if trouble is Trouble.ACCESS else 0.0
        return Undelivered(trouble, detail, pause, string(reply.data.get("errmsg")))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(
        self,
        path: str,
        token: str,
        body: Mapping[str, Any] | None,
        upload: Upload | None,
        seconds: float | None,
        params: Mapping[str, str],
    ) -> PlatformReply:
        return await self._client.request(
            "GET" if body is None and upload is None else "POST",
            f"{self._base}{path}",
            body,
            params={"access_token": token, **params},
            seconds=seconds,
            upload=upload,
        )

    async def _media(self, token: str, media: str) -> bytes:
        params = {"access_token": token, "media_id": media}
        return await self._client.download(
            f"{self._base}/cgi-bin/media/get", MAX_MEDIA, seconds=10, params=params
        )

    async def _fresh(self, force: bool) -> FreshToken:
        try:
            reply = await self._fetch(self._client, force)
        except Undelivered as error:
            raise Undelivered(Trouble.DOWN, error.detail) from None  # nothing was sent yet
        refused = self.read_refusal(reply)
        token, seconds = reply.data.get("access_token"), reply.data.get("expires_in")
        if refused is None and isinstance(token, str) and isinstance(seconds, int):
            return FreshToken(token, seconds)
        if refused is None or refused.trouble is Trouble.UNSURE:
            raise Undelivered(Trouble.DOWN, "no token")
        raise refused


def table(codes: Mapping[Trouble, set[int]]) -> dict[int, Trouble]:
    """What each code means, from the codes of each trouble."""
    return {code: trouble for trouble, listed in codes.items() for code in listed}


def _told(content: bytes) -> Mapping[str, Any]:
    """The JSON that comes in place of a file: an error, or the address of a video."""
    if not content.startswith(b"{"):
        return {}
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
