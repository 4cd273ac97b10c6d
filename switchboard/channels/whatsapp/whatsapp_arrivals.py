"""Which conversation each message of a WhatsApp delivery belongs to, and what became of ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from switchboard.channels.facebook.facebook_events import OURS, sign_part
from switchboard.channels.facebook.graph_api import read_code
from switchboard.channels.payload import inner, is_shallow, mappings, string
from switchboard.channels.platform import Setback
from switchboard.channels.whatsapp.whatsapp_errors import read_failure
from switchboard.channels.whatsapp.whatsapp_events import read_message
from switchboard.clock import epoch_now
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.outbox import PartReceipt

_PHONE = r"\d{5,20}"
_SCOPED = r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}"
"""A customer who goes by a username: the id by which the shop knows them, without a number."""
_CUSTOMER = re.compile(f"{_PHONE}|{_SCOPED}", re.ASCII)
_OPAQUE = re.compile(rf"{OURS}:(\d{{1,18}}):(\d{{1,4}}):({_CUSTOMER.pattern})", re.ASCII)
_ARRIVED = {"sent", "delivered", "read", "played"}
_FIRST = 1_400_000_000
_DAY = 86_400
_MAX_ID = 200


def sign_message(delivery: int, part: int, customer: str) -> str:
    """The `biz_opaque_callback_data` of a part of a delivery, which its statuses return.

    It names the customer as we do: statuses may write the number in another way.
    """
    return f"{sign_part(delivery, part)}:{customer}"


def read_arrivals_of(body: Mapping[str, Any], numbers: Collection[str]) -> list[Arrival]:
    """The messages to any of our phone numbers that need an answer, each with its conversation."""
    found = (
        _arrival(number, value, message)
        for number, value in _values(body, numbers)
        for message in mappings(value.get("messages"))
    )
    return [arrival for arrival in found if arrival is not None]


def read_receipts_of(body: Mapping[str, Any], numbers: Collection[str]) -> list[PartReceipt]:
    """What the statuses of our messages confirm as taken or arrived."""
    return [
        receipt
        for receipt, status in _statuses(body, numbers)
        if string(status.get("status")) in _ARRIVED
    ]


def read_setbacks_of(body: Mapping[str, Any], numbers: Collection[str]) -> list[Setback]:
    """What the statuses of our messages say of those that did not arrive."""
    return [
        Setback(receipt, read_failure(_first_code(status)))
        for receipt, status in _statuses(body, numbers)
        if status.get("status") == "failed"
    ]


def _values(
    body: Mapping[str, Any], numbers: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The contents of all changes for our numbers, each with its number's id."""
    if body.get("object") != "whatsapp_business_account":
        return
    for entry in mappings(body.get("entry")):
        for change in mappings(entry.get("changes")):
            value = inner(change, "value")
            number = string(inner(value, "metadata").get("phone_number_id"))
            if change.get("field") == "messages" and number in numbers:
                yield number, value


def _arrival(number: str, value: Mapping[str, Any], message: Mapping[str, Any]) -> Arrival | None:
    customer = _customer(message)
    # In a group everybody reads along.
    if not customer or "group_id" in message or not is_shallow(message):
        return None
    if read_message(message) is None:
        return None
    payload = {"message": message, "name": _name(value, customer)}
    order = _moment(message.get("timestamp"))
    return Arrival(_event_id(message), f"whatsapp:{number}:{customer}", payload, order=order)


def _customer(message: Mapping[str, Any]) -> str:
    for name in ("from", "from_user_id"):
        found = string(message.get(name))
        if _CUSTOMER.fullmatch(found):
            return found
    return ""


def _name(value: Mapping[str, Any], customer: str) -> str:
    """The first word of the name in a customer's profile."""
    for contact in mappings(value.get("contacts")):
        if customer in (contact.get("wa_id"), contact.get("user_id")):
            words = string(inner(contact, "profile").get("name")).split()
            return words[0][:100] if words else ""
    return ""


def _event_id(message: Mapping[str, Any]) -> str:
    """An id that the same message has when it is delivered again."""
    known = message.get("id")
    if known and string(known) == known and len(known) <= _MAX_ID:
        return str(known)
    return hashlib.sha256(repr(message).encode("utf-8", "surrogatepass")).hexdigest()


def _moment(timestamp: object) -> float:
    """Seconds since the epoch; now for a time that cannot be."""
    now = epoch_now()
    digits = timestamp if isinstance(timestamp, str) else ""
    told = int(digits) if re.fullmatch(r"\d{1,12}", digits, re.ASCII) else 0
    return float(told) if _FIRST <= told <= now + _DAY else now


def _statuses(
    body: Mapping[str, Any], numbers: Collection[str]
) -> Iterator[tuple[PartReceipt, Mapping[str, Any]]]:
    """The statuses of messages that we sent, each with the part that it names."""
    for number, value in _values(body, numbers):
        for status in mappings(value.get("statuses")):
            told = _OPAQUE.fullmatch(string(status.get("biz_opaque_callback_data")))
            if told and int(told[2]):
                conversation = f"whatsapp:{number}:{told[3]}"
                at = _moment(status.get("timestamp"))
                yield PartReceipt(conversation, int(told[1]), int(told[2]), at), status


def _first_code(status: Mapping[str, Any]) -> int | None:
    errors = mappings(status.get("errors"))
    return read_code(errors[0].get("code")) if errors else None
