"""A client of Meta's Graph API: authentication and error codes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import (
    ACCESS_SECONDS,
    PlatformClient,
    PlatformReply,
    Upload,
    retry_after,
)

MAX_PICTURE = 8_000_000
_PICTURE_HOSTS = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com")
_RATE = {4, 9, 17, 32, 341, 613, *range(80000, 80015)}
_DOWN = {-1, 1, 2, 1200}
_ACCESS = {3, 10, 102, 190, 368, *range(200, 300)}
"""368: the page may not send for a while, for what was sent before."""
_BLOCKED = {1545041, 2018108}
_OUTSIDE = {2018065, 2018278, 2534022}
_ELSEWHERE = {2018300}
"""Another app of the page has the conversation, and answers it."""


class GraphApi:
    """One app with its page tokens; the token under "" serves all other pages.

    What speaks by phone numbers instead of pages (WhatsApp) uses it likewise.
    """

    def __init__(
        self,
        base: str,
        version: str,
        tokens: Mapping[str, str],
        secret: str,
        platform: str = "facebook",
    ) -> None:
        self._root, self._tokens, self._secret = f"{base}/{version}", tokens, secret
        self._base = base
        self._client = PlatformClient(platform=platform)

    async def ask(
        self,
        method: str,
        page: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
        upload: Upload | None = None,
    ) -> PlatformReply:
        """Make one call on behalf of a page, without retries.

        Raises:
            Undelivered: there is no token for the page, or no answer. A refusal is an answer.
        """
        token = self._token(page)
        proof = hmac.new(self._secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return await self._client.request(
            method,
            f"{self._root}/{path}",
            body,
            _bearer(token),
            {"appsecret_proof": proof, **(params or {})},
            seconds,
            upload,
        )

    async def download(self, url: str, page: str | None = None) -> bytes:
        """Download a picture that a customer sent, from Meta's own hosts only; with a `page` by its
        token, which WhatsApp asks for.

        Raises:
            Undelivered: it lies elsewhere, is too large, or could not be fetched.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        at_meta = parts.scheme == "https" and host.endswith(_PICTURE_HOSTS)
        if not at_meta and f"{parts.scheme}://{parts.netloc}" != self._base:
            raise Undelivered(Trouble.INVALID, "a picture elsewhere")
        headers = None if page is None else _bearer(self._token(page))
        return await self._client.download(url, MAX_PICTURE, 10, headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _token(self, page: str) -> str:
        token = self._tokens.get(page) or self._tokens.get("")
        if not token:
            raise Undelivered(Trouble.ACCESS, f"no token for page {page}", ACCESS_SECONDS)
        return token


def _bearer(token: str) -> dict[str, str]:
    """The token in a header, so that it is in no URL log."""
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class GraphError:
    """What the API says of a call that it did not accept."""

    code: int | None
    subcode: int | None
    transient: bool


def read_error(reply: PlatformReply) -> GraphError | None:
    """The error of a reply; None if the call was accepted."""
    raw = reply.data.get("error")
    error: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    if reply.status < 400 and not error:
        return None
    code, subcode = read_code(error.get("code")), read_code(error.get("error_subcode"))
    return GraphError(code, subcode, error.get("is_transient") is True)


def read_refusal(reply: PlatformReply) -> Undelivered | None:
    """Messenger's error of a reply, by its code and subcode; None if the call was accepted."""
    error = read_error(reply)
    if error is None:
        return None
    code, subcode = error.code, error.subcode
    detail = f"HTTP {reply.status}, code {code}, subcode {subcode}"
    if code == 551 or subcode in _BLOCKED:
        return Undelivered(Trouble.BLOCKED, detail)
    if subcode in _OUTSIDE:
        return Undelivered(Trouble.WINDOW, detail)
    if subcode in _ELSEWHERE:
        return Undelivered(Trouble.INVALID, detail)
    if reply.status == 429 or code in _RATE:
        return Undelivered(Trouble.RATE, detail, retry_after(reply))
    if code in _ACCESS or reply.status in (401, 403):
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if reply.status >= 500 or code in _DOWN or error.transient:
        return Undelivered(Trouble.DOWN, detail, retry_after(reply))
    return Undelivered(Trouble.INVALID, detail)


def read_code(value: object) -> int | None:
    """A code, which older versions write as text."""
    digits = str(value) if isinstance(value, int | str) else ""
    return int(digits) if re.fullmatch(r"-?\d{1,9}", digits, re.ASCII) else None
