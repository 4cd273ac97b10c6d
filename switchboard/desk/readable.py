"""What came with a request, where it can be read: no bytes that are no text, no endless lists, no
numbers beyond those of the database."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_FIELDS = 50
MOST_NUMBER = 2**31 - 1
"""What PostgreSQL holds in an integer."""
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class ReadableAddress:
    """Refuses (400) an address with bytes that are no text, or that no database takes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on whose address can be read."""
        if scope["type"] == "http" and not (
            is_text(scope["path"]) and b"\x00" not in unquote_to_bytes(scope["query_string"])
        ):
            refusal = PlainTextResponse("This address cannot be read.", 400)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_text(text: str) -> bool:
    """Whether a text can be written as UTF-8 and kept: no lone surrogates, no NUL."""
    return not _NO_TEXT.search(text)


def whole_number(text: str) -> int | None:
    """A number that a form or an address holds; None for anything else, or one too large."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= MOST_NUMBER else None


async def read_fields(request: Request) -> FormData:
    """The fields of a form.

    Raises:
        HTTPException: 413 if it is too large, 400 if it has too many fields or cannot be read.
    """
    kind, charset = _kind(request)
    if charset not in ("", "utf-8", "utf8"):  # Python knows some by which text becomes anything
        raise HTTPException(400, "This form cannot be read.")
    if kind != "multipart/form-data" and (await request.body()).count(b"&") >= MOST_FIELDS:
        raise HTTPException(400, "This form cannot be read.")
    try:
        form = await request.form(max_files=1, max_fields=MOST_FIELDS)
    except (FormParserError, ClientDisconnect):
        raise HTTPException(400, "This form cannot be read.") from None
    for name, value in form.multi_items():
        text = value if isinstance(value, str) else value.filename or ""
        if not (is_text(name) and is_text(text)):
            raise HTTPException(400, "This form cannot be read.")
    return form


def _kind(request: Request) -> tuple[str, str]:
    """The media type of a request, and the charset that it names."""
    head = Message()
    head["content-type"] = request.headers.get("content-type", "")
    return head.get_content_type(), str(head.get_param("charset", "")).lower()
