"""Bounds on what a request may bring, before any of it is read, and on how long that may take."""

from __future__ import annotations

from math import inf

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 200_000
"""Of any request, unless a page allows more to who is signed in."""
SECONDS = 60.0
"""In which a body has to be there: a form with a file of 4 MB by a slow line takes half of them."""
_BOUND = "switchboard.most_bytes"


class BoundedBody:
    """Refuses (413) a body beyond the bound, told by its length or found while it is read; nothing
    beyond the bound is held in memory. One that comes drop by drop is refused (408)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what is read of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_BOUND] = MOST_BYTES
        told = _told_length(scope) if scope["method"] == "POST" else 0
        came, until = 0, anyio.current_time() + SECONDS

        async def counted() -> Message:
            nonlocal came, until
            if told > scope[_BOUND]:  # known before any of it is read
                raise HTTPException(413, "That is too long.")
            try:
                with anyio.fail_after(until - anyio.current_time()):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "That took too long.") from None
            if not message.get("more_body"):
                until = inf  # what is heard after the body is that the caller went away
            came += len(message.get("body", b""))
            if came <= scope[_BOUND]:
                return message
            if scope["method"] != "POST":  # nobody asked for a body: a stream may be under way
                return {"type": "http.disconnect"}
            raise HTTPException(413, "That is too long.")

        await self._app(scope, counted, send)


def allow_bytes(request: Request, most: int) -> None:
    """Let a request bring more than others may."""
    request.scope[_BOUND] = most


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 16 else MOST_BYTES**3
    return 0
