"""A client of Telegram's Bot API: calls, files, its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import inner, is_whole
from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import (
    ACCESS_SECONDS,
    PlatformClient,
    PlatformReply,
    Upload,
    bounded,
    retry_after,
)

MAX_PICTURE = 5_000_000
MAX_ID = 2**52
"""Ids of people and chats have at most 52 bits; those of groups are negative."""
_BLOCKED = (
    "blocked",
    "deactivated",
    "bot was kicked",
    "can't initiate",
    "not enough rights",
    "no rights",
    "chat_write_forbidden",
)
CONFLICT = "another program asks for this bot's messages, or a webhook is set"
CONFLICT_SECONDS = 10.0


class TelegramApi:
    """A client of the Bot API. The token is in every URL, but in no message or log."""

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base, token
        self._client = PlatformClient(platform="telegram")

    async def call(
        self,
        method: str,
        body: Mapping[str, Any],
        seconds: float = 20.0,
        upload: Upload | None = None,
    ) -> Any:
        """The `result` of a method; a group that became a supergroup is called at its new id.

        Raises:
            Undelivered: it was refused, or not answered.
        """
        reply = await self._ask(method, body, seconds, upload)
        moved = inner(reply.data, "parameters").get("migrate_to_chat_id")
        if "chat_id" in body and is_whole(moved, -MAX_ID, -1):
            reply = await self._ask(method, {**body, "chat_id": moved}, seconds, upload)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data.get("result")

    async def _ask(
        self, method: str, body: Mapping[str, Any], seconds: float, upload: Upload | None
    ) -> PlatformReply:
        url = f"{self._base}/bot{self._token}/{method}"
        return await self._client.request("POST", url, body, seconds=seconds, upload=upload)

    async def download(self, file_id: str) -> bytes:
        """Download a file that a customer sent.

        Raises:
            Undelivered: it could not be fetched, or is larger than `MAX_PICTURE`.
        """
        file = await self.call("getFile", {"file_id": file_id}, seconds=5)
        path = file.get("file_path") if isinstance(file, Mapping) else None
        if not isinstance(path, str) or ".." in path:
            raise Undelivered(Trouble.INVALID, "no path")
        url = f"{self._base}/file/bot{self._token}/{path}"
        return await self._client.download(url, MAX_PICTURE, seconds=10)

    async def quietly(self, method: str, body: Mapping[str, Any]) -> None:
        """Call a method of which nobody misses the effect; never raises."""
        try:
            await self.call(method, body, seconds=3)
        except Undelivered:
            return

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def read_refusal(reply: PlatformReply) -> Undelivered | None:
    """The error of a reply, by its code and description; None if the call was accepted."""
    if reply.status < 400 and reply.data.get("ok") is True:
        return None
    told = reply.data.get("error_code")
    status = told if reply.status < 400 and is_whole(told, 400, 599) else reply.status
    description = str(reply.data.get("description") or "").lower()
    detail = f"HTTP {status}"
    if status == 429:
        asked = bounded(inner(reply.data, "parameters").get("retry_after"))
        return Undelivered(Trouble.RATE, detail, asked or retry_after(reply))
    if status in (401, 404):  # revoked; never was one
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if status == 409:
        return Undelivered(Trouble.ACCESS, CONFLICT, CONFLICT_SECONDS)
    if status == 403 or (status == 400 and any(words in description for words in _BLOCKED)):
        return Undelivered(Trouble.BLOCKED, detail)
    if 400 <= status < 500:
        return Undelivered(Trouble.INVALID, detail)
    if status < 400:  # something between answered instead
        return Undelivered(Trouble.UNSURE, detail)
    return Undelivered(Trouble.DOWN, detail, retry_after(reply))
