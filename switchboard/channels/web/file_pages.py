"""Pictures of the page's chat over HTTP: up in one bounded request, down by their secret id."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from switchboard.channels.web.web_limits import WebLimits
from switchboard.channels.web.web_sessions import conversation_of, is_token, origin_of
from switchboard.errors import FileRefused
from switchboard.files.file_kinds import ONLY_SHOWN
from switchboard.files.file_store import FileStore, StoredFile
from switchboard.rasa_services import RasaServices

MAX_UPLOAD = 4_000_000
"""Bytes; the widget shrinks a photo to a tenth of it."""
FILE_HEADERS = {
    **ONLY_SHOWN,
    "Cache-Control": "private, max-age=86400, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_STATUS = {"kind": 415, "size": 413, "number": 429}


def disposition(file: StoredFile) -> str:
    """How a browser takes a file: pictures and sounds are shown, all else is saved."""
    shown = "inline" if file.is_picture or file.is_sound else "attachment"
    return f"{shown}; filename*=UTF-8''{quote(file.name or 'file')}"


def allowed_origin(origin: str, origins: tuple[str, ...]) -> dict[str, str]:
    """The headers that let a listed page of another site send a picture."""
    if origin.rstrip("/") not in origins:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def serve_files(blueprint: Blueprint, services: RasaServices, limits: WebLimits) -> None:
    """Add the routes."""
    origins = services.settings.web.origins

    @blueprint.options("/files")
    async def ask(request: Request) -> HTTPResponse:
        return response.empty(headers=allowed_origin(request.headers.get("Origin", ""), origins))

    @blueprint.post("/files", stream=True)
    async def bring(request: Request) -> HTTPResponse:
        headers = allowed_origin(request.headers.get("Origin", ""), origins)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not is_token(token):
            return response.json({"error": "no session"}, 401, headers=headers)
        conversation = conversation_of(token)
        if await limits.upload(conversation, origin_of(request)):
            return response.json({"error": "number"}, 429, headers=headers)
        content = await _bounded(request)
        if content is None:
            return response.json({"error": "size"}, 413, headers=headers)
        try:
            kept = await asyncio.to_thread(services.files.keep, conversation, content)
        except FileRefused as error:
            return response.json({"error": str(error)}, _STATUS[str(error)], headers=headers)
        except (SQLAlchemyError, OSError):
            return response.json({"error": "not kept"}, 503, headers=headers)
        return response.json({"id": kept.id}, headers=headers)

    @blueprint.get("/files/<number:str>")
    async def show(_: Request, number: str) -> HTTPResponse:
        return await _show(services.files, number)


async def _show(files: FileStore, number: str) -> HTTPResponse:
    try:
        found = await asyncio.to_thread(files.read, number)
    except (SQLAlchemyError, OSError):
        return response.text("not now", 503)
    if found is None:
        return response.text("not found", 404)
    file, content = found
    headers = {**FILE_HEADERS, "Content-Disposition": disposition(file)}
    return response.raw(content, headers=headers, content_type=file.mime)


async def _bounded(request: Request) -> bytes | None:
    """The body, read no further than the bound; None above it."""
    content = b""
    while (part := await request.stream.read()) is not None:
        content += part
        if len(content) > MAX_UPLOAD:
            return None
    return content
