"""A client of X's API: requests signed for the account, refusals, and limits that are waited for.

Follows docs.x.com/x-api and, for what is left of version 1.1, developer.x.com/en/docs/x-api/v1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth1 import ClientAuth

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import (
    ACCESS_SECONDS,
    MAX_PAUSE,
    PlatformClient,
    PlatformReply,
    Upload,
    retry_after,
)
from switchboard.clock import epoch_now
from switchboard.settings import XSettings

MAX_PICTURE = 8_000_000
WINDOW = 60.0
"""Seconds after which an endpoint is asked again that named no time."""
MIN_PAUSE = 1.0
"""Seconds until a limit begins anew whose time has passed by our clock."""
_KEPT_AT = re.compile(r"/1\.1/ton/data/dm/\d{1,20}/\d{1,20}/[\w.-]{1,100}", re.ASCII)
_KEPT_BY = "ton.twitter.com"
_IDS = re.compile(r"(?<=/)\d+(?=/|$)", re.ASCII)
_RATE = {88, 185, 226}
"""226: it looks automated, and may go later."""
_DOWN = {130, 131}
_ACCESS = {32, 64, 89, 93, 99, 135, 215, 220, 261, 326, 416}
_BLOCKED = {50, 63, 108, 149, 150, 349}
"""They are gone or suspended, or take no messages of ours."""
_NO_ACCESS = (
    "client-forbidden",
    "unsupported-authentication",
    "oauth1-permissions",
    "disallowed-resource",
)
"""Ends of the problem types that say what the app may not do."""


class XApi:
    """One account of one app."""

    def __init__(self, settings: XSettings) -> None:
        self._settings = settings
        self._client = PlatformClient(platform="x")
        self._rests: dict[str, float] = {}

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> PlatformReply:
        """Make one call in the account's name, without retries.

        Raises:
            Undelivered: RATE while the endpoint's limit is used up (nothing was asked); or there
                was no answer. A refusal is an answer.
        """
        endpoint = f"{method} {_IDS.sub(':id', path)}"
        wait = self._rests.get(endpoint, 0.0) - epoch_now()
        if wait > 0:
            raise Undelivered(Trouble.RATE, "the endpoint's limit is used up", wait)
        url = f"{self._settings.api_base}/{path}"
        if params:
            url = f"{url}?{urlencode(params)}"
        headers = self._signed(method, url)
        reply = await self._client.request(method, url, body, headers, upload=upload)
        self._note_limit(endpoint, reply)
        return reply

    async def ask_as_app(
        self, method: str, path: str, body: Mapping[str, Any] | None, bearer: str
    ) -> PlatformReply:
        """Make one call in the app's own name.

        Raises:
            Undelivered: there was no answer.
        """
        headers = {"Authorization": f"Bearer {bearer}"}
        url = f"{self._settings.api_base}/{path}"
        return await self._client.request(method, url, body, headers)

    async def bearer(self) -> str:
        """The app's own token; empty if X gives it none.

        Raises:
            Undelivered: it refused, or did not answer.
        """
        login = (self._settings.api_key, self._settings.api_secret)
        url = f"{self._settings.api_base}/oauth2/token"
        form = {"grant_type": "client_credentials"}
        reply = await self._client.request("POST", url, form=form, login=login)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        token = reply.data.get("access_token")
        return token if isinstance(token, str) else ""

    async def download(self, address: str) -> bytes:
        """A picture of a direct message, from where X keeps these alone.

        Raises:
            Undelivered: it lies elsewhere, is too large, or could not be fetched.
        """
        parts = urlsplit(address)
        known = parts.scheme == "https" and parts.netloc == _KEPT_BY
        if not known or not _KEPT_AT.fullmatch(parts.path) or parts.query:
            raise Undelivered(Trouble.INVALID, "a picture elsewhere")
        url = f"{self._settings.media_base}{parts.path}"
        headers = self._signed("GET", url)
        return await self._client.download(url, MAX_PICTURE, seconds=10, headers=headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _signed(self, method: str, url: str) -> dict[str, str]:
        """The header that signs a call (OAuth 1.0a). Bodies that are no form take no part in it."""
        known = self._settings
        signing = ClientAuth(
            known.api_key, known.api_secret, known.access_token, known.access_token_secret
        )
        _, headers, _ = signing.sign(method, url, {}, b"")
        return {"Authorization": headers["Authorization"]}

    def _note_limit(self, endpoint: str, reply: PlatformReply) -> None:
        """Let an endpoint rest whose calls are used up, whoever wants to write to whom."""
        used_up = reply.headers.get("x-rate-limit-remaining") == "0"
        if reply.status == 429 or used_up:
            self._rests[endpoint] = epoch_now() + (reset_seconds(reply) or WINDOW)


def reset_seconds(reply: PlatformReply) -> float:
    """Seconds until the limit of a reply begins anew; 0 if it names no time.

    A time that has passed by our clock is a moment from now, not unknown: the reply was on its
    way while the limit ended, or the two clocks differ.
    """
    told = reply.headers.get("x-rate-limit-reset", "")
    if not re.fullmatch(r"\d{1,12}", told, re.ASCII):
        return retry_after(reply)
    return min(max(float(told) - epoch_now(), MIN_PAUSE), MAX_PAUSE)


def read_refusal(reply: PlatformReply) -> Undelivered | None:
    """The error of a reply; None if the call was accepted. Details hold no text of a customer."""
    if reply.status < 400:
        return None
    code, problem = _code(reply), _problem(reply)
    detail = f"HTTP {reply.status}" + (f", code {code}" if code else "") + _named(problem)
    if reply.status == 429 or code in _RATE:
        return Undelivered(Trouble.RATE, detail, reset_seconds(reply) or WINDOW)
    if reply.status >= 500 or code in _DOWN:
        return Undelivered(Trouble.DOWN, detail, retry_after(reply))
    if code in _BLOCKED:
        return Undelivered(Trouble.BLOCKED, detail)
    if reply.status == 401 or code in _ACCESS or problem in _NO_ACCESS:
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if reply.status == 403 and "permission to dm" in _detail(reply):
        return Undelivered(Trouble.BLOCKED, detail)
    if reply.status == 403 and code is None and _detail(reply) in ("", "forbidden"):
        # It says nothing: of a person or a message it would.
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    return Undelivered(Trouble.INVALID, detail)


def _code(reply: PlatformReply) -> int | None:
    """The code of version 1.1's errors."""
    listed = reply.data.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else None
    code = first.get("code") if isinstance(first, Mapping) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _problem(reply: PlatformReply) -> str:
    """The end of version 2's problem type: `client-forbidden` of `https://…/client-forbidden`."""
    kind = reply.data.get("type")
    return kind.rpartition("/")[2] if isinstance(kind, str) else ""


def _detail(reply: PlatformReply) -> str:
    detail = reply.data.get("detail")
    return detail.lower() if isinstance(detail, str) else ""


def _named(problem: str) -> str:
    return f", {problem}" if re.fullmatch(r"[a-z0-9-]{1,60}", problem, re.ASCII) else ""
