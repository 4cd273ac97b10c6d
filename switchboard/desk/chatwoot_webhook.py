"""Chatwoot's webhook: verified, applied at once, acknowledged."""

from __future__ import annotations

import asyncio
import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from switchboard.desk.guard import services_of
from switchboard.desk.readable import is_text
from switchboard.tickets.chatwoot import is_signed, read_event


async def chatwoot(request: Request) -> Response:
    """Handle a webhook call.

    Chatwoot expects an answer within five seconds, so it only uses the database.
    """
    services, body = services_of(request), await request.body()
    timestamp = request.headers.get("X-Chatwoot-Timestamp", "")
    signature = request.headers.get("X-Chatwoot-Signature", "")
    if not is_signed(services.chatwoot.secret, timestamp, body, signature):
        raise HTTPException(403, "Not signed by the webhook's secret.")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "No JSON.") from None
    news = read_event(event) if isinstance(event, dict) else None
    if news is not None and not all(map(is_text, vars(news).values())):
        raise HTTPException(400, "No text.")
    done = await asyncio.to_thread(services.relay.take, news)
    return JSONResponse({"done": done})
