"""What the webhooks of Meta's platforms share: the handshake, and the signature of deliveries."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from switchboard.channels.connector import MAX_BODY, read_body, same_secret


def answer_handshake(request: Request, verify_token: str) -> HTTPResponse:
    """The challenge, if the caller knows the verify token that the shop made up."""
    given = request.args.get("hub.verify_token") or ""
    mode = request.args.get("hub.mode")
    if not verify_token or mode != "subscribe" or not same_secret(given, verify_token):
        return response.text("forbidden", 403)
    return response.text(request.args.get("hub.challenge") or "")


def read_signed(
    request: Request, secret: str, most: int = MAX_BODY
) -> tuple[dict[str, Any], HTTPResponse | None]:
    """A delivery's JSON object, or the answer with which it is refused."""
    if len(request.body) > most:
        return {}, response.text("too large", 413)
    if not is_signed(request, secret):
        return {}, response.text("not signed by the app's secret", 403)
    body = read_body(request)
    if body is None:
        return {}, response.text("no JSON object", 400)
    return body, None


def is_signed(request: Request, secret: str) -> bool:
    """Whether `X-Hub-Signature-256` is the body's HMAC by the app's secret, in constant time."""
    given = request.headers.get("X-Hub-Signature-256") or ""
    expected = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    return bool(secret) and same_secret(given, f"sha256={expected}")
