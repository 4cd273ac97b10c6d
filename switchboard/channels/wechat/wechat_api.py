"""Calls the API of an official account, and tells its refusals apart.

Follows developers.weixin.qq.com/doc/service: stable_token, message/custom/send, media.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
_BUSY = {-1}
_QUOTA = {45009: 1800.0, 45011: 60.0}
"""Too many calls today, or in this minute; the seconds until it is worth another one."""
_ACCESS = {*EXPIRED, 40002, 40013, 40125, 40164, 41002, 41004, 48001, 48002, 48004, 48006, 50002}
"""40164: our address is not on the account's list. 48001: the account may not send at all."""
_BLOCKED = {43004, 43019, 43101}
"""Not subscribed (any more), or on the account's black list, or refused."""
_OUTSIDE = {45015, 45047}
"""More than 48 hours ago, or more than five messages since the customer's last."""


class WechatApi:
    """One official account."""

    def __init__(self, base: str, app_id: str, secret: str) -> None:
        self._base, self._app_id, self._secret = base, app_id, secret
        self._client = PlatformClient(platform="wechat")
        self.token = WeixinToken(self._fetch)

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
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data

    async def upload_picture(self, upload: Upload) -> str:
        """Store a picture at WeChat for three days; its number there.

        Raises:
            Undelivered: it was refused, or got no answer.
        """
        data = await self.call("/cgi-bin/media/upload", upload=upload, type="image")
        return str(data.get("media_id") or "")

    async def download(self, media: str) -> bytes:
        """Download what a customer sent.

        Raises:
            Undelivered: it is gone, too large, or could not be fetched.
        """
        token = await self.token.get()
        content = await self._media(token, media)
        if _expired(content):
            content = await self._media(await self.token.renew(token), media)
        if _told(content):
            raise Undelivered(Trouble.INVALID, "no such media")
        return content

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

    async def _fetch(self, force: bool) -> FreshToken:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        url = f"{self._base}/cgi-bin/stable_token"
        reply = await self._client.request("POST", url, body)
        refused = read_refusal(reply)
        token, seconds = reply.data.get("access_token"), reply.data.get("expires_in")
        if refused is None and isinstance(token, str) and isinstance(seconds, int):
            return FreshToken(token, seconds)
        if refused is None or refused.trouble is Trouble.UNSURE:
            raise Undelivered(Trouble.DOWN, "no token")  # nothing was sent yet
        raise refused


def read_refusal(reply: PlatformReply) -> Undelivered | None:
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
    if code in _BUSY:
        return Undelivered(Trouble.DOWN, detail)
    if code in _QUOTA:
        return Undelivered(Trouble.RATE, detail, _QUOTA[code])
    if code in _ACCESS:
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if code in _BLOCKED:
        return Undelivered(Trouble.BLOCKED, detail)
    if code in _OUTSIDE:
        return Undelivered(Trouble.WINDOW, detail)
    return Undelivered(Trouble.INVALID, detail)


def _told(content: bytes) -> Mapping[str, Any]:
    """The JSON that comes in place of a file: an error, or the address of a video."""
    if not content.startswith(b"{"):
        return {}
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _expired(content: bytes) -> bool:
    return _told(content).get("errcode") in EXPIRED
