"""Takes out of a text what leads back to somebody: personal data, and the numbers of their orders.

Redaction (`switchboard/privacy`) leaves order numbers, since an answer needs them. What leaves the
shop does not: they become `[number]`, as do parcels', returns' and invoices' numbers. What a
conversation itself tells (its order, the e-mail on it) is hidden wherever it stands in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from switchboard.privacy.personal_data import Found, find_personal
from switchboard.text.order_numbers import OrderNumbers

NUMBER = "number"
_REFERENCE = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        [A-Z]{1,4}-(?=[A-Z0-9-]{0,20}\d)[A-Z0-9]{4,12}(?:-[A-Z0-9]{2,12}){0,3}
        | [A-Z]{2}\d{7,14}(?:[A-Z]{2})?
        | \d\d?(?:\ \d){3,9}
        | \d{9,24}
        )(?![A-Za-z0-9])""",
    re.VERBOSE,
)
"""A parcel's, a return's, an invoice's or a customer's number, and one written digit by digit."""
_PARTED = re.compile(
    r"(?:\border|\bpurchase|订单|单号)\D{0,12}?(?P<digits>\d{2,6}(?:[ -]\d{2,6}){1,4})(?!\d)",
    re.IGNORECASE,
)
"""A number that is called an order's and written in groups."""
_PLAIN = re.compile(r"(?<![0-9+])(?<![0-9][.,])(?P<number>[0-9]{4,8})(?![0-9]|[.,][0-9]|-[0-9])")
"""Digits as an order's, also where a comma or a word touches them."""
_MEASURE_AFTER = re.compile(
    r"\s?(?:k|w|v|kg|g|mg|cm|mm|m|km|ml|l|kcal|rpm|lumens?|watts?|volts?|litres?|liters?|grams?|"
    r"days?|hours?|minutes?|years?|euros?|eur|usd|gbp|dollars?|pounds?|%|€|£|\$|°)(?![a-z])"
    r"|\s?(?:年|月|日|号前|天|元|块|欧|瓦|克|升|毫|厘米|公|小时|分钟|度|转|流明|W|K)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[€£$¥￥]|\b(?:eur|gbp|usd|cny|rmb))\s?$", re.IGNORECASE)
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|from|until|of|year|the|january|february|march|april|may|june|july|august"
    r"|september|october|november|december)\s$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SLOTS = {
    "order_number": NUMBER,
    "withdraw_request_reference": NUMBER,
    "order_contact": "contact",
    "identity_fact": "contact",
    "change_shipping_address_new": "address",
    "default_address": "address",
}
_FACTS = {
    "order_number": NUMBER,
    "tracking": NUMBER,
    "reference": NUMBER,
    "invoice": NUMBER,
    "name": "name",
    "customer": "name",
    "agent": "name",
    "contact": "contact",
    "email": "email",
    "phone": "phone",
    "address": "address",
}
_ENTITIES = {"order_number": NUMBER, "email": "email", "phone": "phone"}
_LEAST, _MOST = 3, 300


class PersonalValues:
    """What a conversation's own events call personal: (kind, value), the longest first."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def learn(self, event: Mapping[str, Any]) -> None:
        """Take in one event, as Rasa serialises it."""
        kind = event.get("event")
        if kind == "slot":
            self._add(_SLOTS.get(str(event.get("name"))), event.get("value"))
        elif kind == "bot":
            for name, value in (event.get("metadata") or {}).items():
                self._add(_FACTS.get(name), value)
        elif kind == "user":
            for entity in (event.get("parse_data") or {}).get("entities") or ():
                self._add(_ENTITIES.get(str(entity.get("entity"))), entity.get("value"))
                start, end = entity.get("start"), entity.get("end")
                if isinstance(start, int) and isinstance(end, int):
                    said = str(event.get("text") or "")[start:end]
                    self._add(_ENTITIES.get(str(entity.get("entity"))), said)

    def _add(self, kind: str | None, value: object) -> None:
        if kind and isinstance(value, str) and _LEAST <= len(value.strip()) <= _MOST:
            self._kinds.setdefault(unicodedata.normalize("NFKC", value.strip()), kind)

    def __iter__(self) -> Any:
        """The longest first: a name within an address goes with it."""
        ordered = sorted(self._kinds.items(), key=lambda item: -len(item[0]))
        return iter([(kind, value) for value, kind in ordered])


class Hider:
    """Hides for one shop; `hidden` counts what it took out, by kind."""

    def __init__(self, orders: OrderNumbers) -> None:
        self._orders = orders
        self.hidden: Counter[str] = Counter()

    def hide(self, text: str, known: Iterable[tuple[str, str]] = ()) -> str:
        """`text` in one line, with `[name]`, `[number]` and so on in place of what is personal. It
        stays as it was written where each character has one in NFKC, else it is in NFKC."""
        text = " ".join(text.split())
        normal = unicodedata.normalize("NFKC", text)
        if normal != "".join(unicodedata.normalize("NFKC", char) for char in text) or len(
            normal
        ) != len(text):
            text = normal
        for piece in reversed(self.find(normal, known)):
            self.hidden[piece.kind] += 1
            text = f"{text[: piece.start]}[{piece.kind}]{text[piece.end :]}"
        return text

    def find(self, text: str, known: Iterable[tuple[str, str]] = ()) -> list[Found]:
        """What is to be hidden in a text (in NFKC), in its order; none overlap."""
        found = [*find_personal(text), *self._numbers(text)]
        for kind, value in known:
            found += [Found(kind, *at) for at in _places(text, value)]
        return _apart(found)

    def _numbers(self, text: str) -> list[Found]:
        found = [Found(NUMBER, *match.span()) for match in _REFERENCE.finditer(text)]
        found += [Found(NUMBER, *match.span("digits")) for match in _PARTED.finditer(text)]
        plain = self._orders.plain
        for match in _PLAIN.finditer(text) if plain else self._orders.find(text):
            start, end = match.span("number")
            if plain and _is_measure(text, start, end):
                continue
            found.append(Found(NUMBER, start, end))
        return found


def _is_measure(text: str, start: int, end: int) -> bool:
    """Whether digits are an amount, a measure or a year rather than an order."""
    before = text[max(0, start - 12) : start]
    if _MEASURE_AFTER.match(text, end) or _MONEY_BEFORE.search(before):
        return True
    return bool(_YEAR.fullmatch(text[start:end]) and _YEAR_BEFORE.search(before))


def _places(text: str, value: str) -> list[tuple[int, int]]:
    exact = re.escape(value)
    pattern = rf"(?<![A-Za-z0-9]){exact}(?![A-Za-z0-9])" if value.isascii() else exact
    # A name that is also a word is hidden as it is written alone.
    flags = 0 if value.isalpha() and value.isascii() else re.IGNORECASE
    return [match.span() for match in re.finditer(pattern, text, flags)]


def _apart(found: list[Found]) -> list[Found]:
    """Findings that overlap as one, of the longest one's kind."""
    merged: list[Found] = []
    for piece in sorted(found, key=lambda f: (f.start, -f.end)):
        if merged and piece.start < merged[-1].end:
            last = merged[-1]
            longer = max((last, piece), key=lambda f: f.end - f.start)
            merged[-1] = Found(longer.kind, last.start, max(last.end, piece.end))
        else:
            merged.append(piece)
    return merged
