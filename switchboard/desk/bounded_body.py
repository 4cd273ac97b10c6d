"""A bound on what a request may bring, before any of it is read."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 200_000
"""Of any request, unless a page allows more to who is signed in."""
_BOUND = "switchboard.most_bytes"


class BoundedBody:
    """Refuses (413) a body beyond the bound, told by its length or found while it is read; nothing
    beyond the bound is held in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what is read of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_BOUND] = MOST_BYTES
        told = _told_length(scope) if scope["method"] == "POST" else 0
        came = 0

        async def counted() -> Message:
            nonlocal came
            if told > scope[_BOUND]:  # known before any of it is read
                raise HTTPException(413, "That is too long.")
            message = await receive()
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
