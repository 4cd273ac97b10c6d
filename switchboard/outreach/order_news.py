"""The order system's webhook: what it says, signed, and what WooCommerce says in its own way.

The contract is `switchboard/orders/openapi.yml` (`x-webhooks`) and `docs/order-system.md`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from switchboard.errors import NewsRefused
from switchboard.outreach.news_kinds import News, NewsTopic
from switchboard.text.order_numbers import OrderNumbers

NEWS_SIGNATURE, NEWS_TIMESTAMP = "X-Switchboard-Signature", "X-Switchboard-Timestamp"
WOOCOMMERCE_SIGNATURE, WOOCOMMERCE_TOPIC = "X-WC-Webhook-Signature", "X-WC-Webhook-Topic"
TOLERANCE_SECONDS = 300.0
"""Between the time that is signed and ours; older ones are refused as replayed."""
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_SKU = re.compile(r"[\w./ -]{1,64}")
_STATES = {"completed": NewsTopic.SHIPPED, "refunded": NewsTopic.REFUNDED}
"""WooCommerce's states of an order that are news; being late is none of them."""


def is_signed(secret: str, signature: str, timestamp: str, body: bytes, now: float) -> bool:
    """Whether a call is the order system's and made just now: `sha256=` and the HMAC-SHA256 of
    `<timestamp>.<body>` in hexadecimal digits."""
    known = sign_news(secret, timestamp, body)
    same = hmac.compare_digest(known.encode(), signature.encode("utf-8", "surrogatepass"))
    if not same or not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
        return False
    return abs(now - int(timestamp)) <= TOLERANCE_SECONDS


def sign_news(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a call."""
    signed = timestamp.encode("utf-8", "surrogatepass") + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed_by_woocommerce(secret: str, signature: str, body: bytes) -> bool:
    """Whether a call is WooCommerce's: the HMAC-SHA256 of the body in base64. It signs no time, so
    that what it says has to be the same however often it comes (`read_woocommerce`)."""
    known = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(known, signature.encode("utf-8", "surrogatepass"))


def read_news(body: bytes, numbers: OrderNumbers) -> News | None:
    """The news of a call; None for a type that is none to us.

    Raises:
        NewsRefused: it is not by the contract; the message says where.
    """
    said = _read_json(body)
    given, data = said.get("id"), said.get("data")
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise NewsRefused("id: 1 to 128 letters, digits and . : - _")
    if not isinstance(said.get("type"), str):
        raise NewsRefused("type: missing")
    if not isinstance(data, Mapping):
        raise NewsRefused("data: an object")
    try:
        topic = NewsTopic(said["type"])
    except ValueError:
        return None
    if topic is NewsTopic.BACK:
        return News(f"shop:{given}", topic, _sku(data.get("sku")))
    number = numbers.normal(str(data.get("order_number") or ""))
    if number is None:
        raise NewsRefused("data.order_number: an order's number")
    return News(f"shop:{given}", topic, number, _expected(data.get("expected_on")))


def read_woocommerce(body: bytes, topic: str, numbers: OrderNumbers) -> News | None:
    """The news in an order or a product as WooCommerce sends it when one changes; None for none,
    such as the call by which it tries an address.

    The id is made of what is signed, so that no repetition is new.

    Raises:
        NewsRefused: it is not what WooCommerce sends.
    """
    if body.startswith(b"webhook_id="):
        return None
    said = _read_json(body)
    if topic == "order.updated":
        news = _STATES.get(str(said.get("status")))
        number = numbers.normal(str(said.get("number") or said.get("id") or ""))
        if number is None:
            raise NewsRefused("number: an order's number")
        return News(f"woocommerce:{number}:{news.value}", news, number) if news else None
    if topic == "product.updated" and said.get("stock_status") == "instock" and said.get("sku"):
        changed = str(said.get("date_modified_gmt") or "")[:32]
        sku = _sku(said["sku"])
        return News(f"woocommerce:{sku}:{changed}", NewsTopic.BACK, sku)
    return None


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise NewsRefused("the body: JSON") from None
    if not isinstance(said, dict):
        raise NewsRefused("the body: an object")
    return said


def _sku(given: object) -> str:
    if not isinstance(given, str) or not _SKU.fullmatch(given):
        raise NewsRefused("data.sku: an article number of at most 64 characters")
    return given


def _expected(given: object) -> dict[str, str]:
    if given is None:
        return {}
    try:
        return {"expected_on": date.fromisoformat(str(given)).isoformat()}
    except ValueError:
        raise NewsRefused("data.expected_on: a day as 2026-11-30") from None
