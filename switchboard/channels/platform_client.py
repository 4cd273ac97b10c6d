"""The asynchronous HTTP client for platforms: time limits and bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.mailroom.leases import require_time
from switchboard.observing.figures import OTHER
from switchboard.observing.outside_calls import platform_call

SECONDS = 20.0
MAX_PAUSE = 3600.0
"""A platform that asks for more seconds is asked again after these."""
ACCESS_SECONDS = 240.0
"""Between tries without access, which last for most of an hour: an operator has to act."""
_MAX_BODY = 1_000_000


@dataclass(frozen=True)
class PlatformReply:
    """A platform's response; `data` is empty if it is not a JSON object."""

    status: int
    headers: Mapping[str, str]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Upload:
    """A file that goes with a call, under the name of a form's `field`."""

    field: str
    content: bytes
    mime: str
    name: str


class _TimelyJson(aiohttp.JsonPayload):
    """A body that is written only while its sender's leases hold: a process that was frozen after
    it decided to send does not send when it wakes. Without its body, a call is none."""

    async def write(self, writer: AbstractStreamWriter) -> None:
        require_time()
        await super().write(writer)


class PlatformClient:
    """Calls one platform. Connections are reused and bounded."""

    def __init__(
        self, seconds: float = SECONDS, connections: int = 100, platform: str = OTHER
    ) -> None:
        self._platform, self._seconds, self._connections = platform, seconds, connections
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
        upload: Upload | None = None,
        form: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> PlatformReply:
        """Make one call, without retries; with an `upload`, as a form of several parts. A `form` is
        sent in place of the body; `login` is a name and a password (HTTP Basic).

        Raises:
            Undelivered: DOWN if the call cannot have arrived, UNSURE if it may have.
        """
        timeout = aiohttp.ClientTimeout(total=seconds or self._seconds, sock_connect=5)
        try:
            with platform_call(self._platform) as call:
                async with self._open().request(
                    method,
                    url,
                    data=_form(body or {}, upload) if upload else form or _json(body),
                    headers=headers,
                    params=params,
                    auth=aiohttp.BasicAuth(*login) if login else None,
                    timeout=timeout,
                ) as answer:
                    content = await _read(answer, _MAX_BODY)
                    call.answered(answer.status)
                    return PlatformReply(answer.status, answer.headers, _object(content))
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError) as error:
            # `ServerTimeoutError` here means that connecting timed out: nothing was sent.
            raise Undelivered(Trouble.DOWN, type(error).__name__) from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise Undelivered(Trouble.UNSURE, type(error).__name__) from None

    async def download(
        self,
        url: str,
        most: int,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> bytes:
        """Download a file.

        Raises:
            Undelivered: it could not be fetched, or is larger than `most` bytes.
        """
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=5)
        try:
            # No redirect: it could lead into the shop's own network.
            async with self._open().get(
                url, headers=headers, params=params, timeout=timeout, allow_redirects=False
            ) as answer:
                content = await _read(answer, most + 1)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise Undelivered(Trouble.DOWN, type(error).__name__) from None
        if answer.status != 200 or len(content) > most:
            raise Undelivered(Trouble.INVALID, f"HTTP {answer.status}")
        return content

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def _json(body: Mapping[str, Any] | None) -> _TimelyJson | None:
    return None if body is None else _TimelyJson(body)


def _form(body: Mapping[str, Any], upload: Upload) -> aiohttp.FormData:
    """A form of a call's fields, objects as JSON, and the file."""
    form = aiohttp.FormData()
    for key, value in body.items():
        form.add_field(key, value if isinstance(value, str) else json.dumps(value))
    form.add_field(upload.field, upload.content, filename=upload.name, content_type=upload.mime)
    return form


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """A body up to a length: a stream yields it in pieces."""
    content = b""
    while len(content) < most and (more := await answer.content.read(most - len(content))):
        content += more
    return content


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def bounded(seconds: object) -> float:
    """A pause that a platform asks for, at most `MAX_PAUSE`; 0 for what is no number of seconds."""
    try:
        asked = float(seconds)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(asked, MAX_PAUSE) if asked > 0 else 0.0


def retry_after(reply: PlatformReply) -> float:
    """The seconds of a `Retry-After` header; 0 without a usable one."""
    return bounded(reply.headers.get("Retry-After", ""))
