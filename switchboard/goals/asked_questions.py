"""Which question an answer of the assistant ends in, told from its texts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from switchboard.project import PROJECT

_ASKING = {
    "say_ask_order_number": "order_number",
    "say_asked_again_order_number": "order_number",
    "say_ask_order_contact": "order_contact",
    "say_asked_again_order_contact": "order_contact",
    "say_which_item": "order_item",
    "say_which_order": "order_number",
    "say_which_request": "withdraw_request_reference",
    "say_which_variant_ask": "variant",
    "say_which_variant_several": "variant",
    "say_which_variant_none": "variant",
    "say_which_payment_return_item": "payment",
    "say_which_payment_exchange_item": "payment",
    "say_which_payment_change_payment_method": "payment",
    "say_which_cancel_reason": "cancel_reason",
    "say_identity_fact": "identity_fact",
    "say_identity_fact_or_code": "identity_fact",
    "say_ask_code": "identity_fact",
    "utter_ask_change_order_quantity": "change_order_quantity",
    "utter_ask_change_shipping_address_new": "change_shipping_address_new",
    "utter_ask_return_item_reason": "return_item_reason",
    "utter_ask_exchange_item_wanted": "exchange_item_wanted",
    "utter_ask_damaged_item_description": "damaged_item_description",
    "utter_ask_damaged_item_wish": "damaged_item_wish",
    "say_what_about": "what_about",
    "say_what_about_order": "what_about",
    "say_did_you_mean": "what_about",
    "say_start_over": "what_about",
    "say_open_unknown_again": "person",
    "say_open_unknown": "unknown",
    "say_open_near": "unknown",
    "say_open_ask": "unknown",
    "utter_thank": "anything_else",
}
_PLACE = re.compile(r"\\\{\w+\\\}")


class AskedQuestions:
    """The texts of `data/`, as patterns."""

    def __init__(self, data: Path = PROJECT / "data") -> None:
        self._patterns = [
            (kind, re.compile(_PLACE.sub(r".{0,400}?", re.escape(text)), re.DOTALL))
            for name, text in _texts(data)
            if (kind := _kind(name)) is not None
        ]

    def asked(self, texts: list[str]) -> str | None:
        """The kind of the last question; None where nothing is asked."""
        for text in reversed(texts):
            for kind, pattern in self._patterns:
                if pattern.search(text):
                    return kind
        return None


def _kind(name: str) -> str | None:
    if "_confirm" in name:
        return "order_confirm"
    return _ASKING.get(name)


def _texts(data: Path) -> Iterator[tuple[str, str]]:
    for folder in ("responses", "replies"):
        for path in sorted((data / folder).glob("*.yml")):
            content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            for name, variants in content[folder].items():
                for variant in variants:
                    yield name, str(variant["text"])
