"""What a message names: order numbers, e-mails, phones, amounts, dates, products.

Each has a normal form: an order number's digits, an e-mail in lower case, a phone in E.164 where it
is a valid number of the shop's country or China, an amount as `12.50 EUR`, a day as ISO, a product
as its article number. Patterns look at ASCII borders, since Chinese puts no space around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import phonenumbers

from switchboard.text.dates import find_dates
from switchboard.text.patterns import EMAIL

PRIORITY = ("email", "date", "amount", "phone", "product", "order_number")
"""Where two readings overlap, the earlier kind wins: the digits of a phone are no order."""
MAX_CHARACTERS = 2000
_EMAIL = re.compile(EMAIL)
_AMOUNT = re.compile(
    r"""(?P<before>[€£$¥￥]|\b(?:EUR|GBP|USD|CNY|RMB)\ ?)(?P<a>\d{1,6}(?:[.,]\d{1,2})?)(?![\d])
    | (?<![\w.,])(?P<b>\d{1,6}(?:[.,]\d{1,2})?)\ ?
      (?P<after>€|£|\$|(?:euros?|EUR|GBP|USD|CNY|RMB|pounds|dollars)\b|欧元|英镑|美元|人民币|元|块钱?)
    """,
    re.VERBOSE | re.ASCII,
)
_CURRENCIES = {
    **{"€": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR"},
    **{"£": "GBP", "pounds": "GBP", "英镑": "GBP", "$": "USD", "dollars": "USD", "美元": "USD"},
    **{"¥": "CNY", "￥": "CNY", "RMB": "CNY", "人民币": "CNY"},
}
_PHONE = re.compile(
    r"""(?<![\w\#-])(?:
        (?:\+|00\ ?)\d{1,3}(?:[ ()./-]{0,2}\d){6,12}
        | 0\d{1,3}(?:[ ()./-]{0,2}\d){5,9}
        | 1[3-9]\d(?:[ -]?\d{4}){2}
        | \d{9,12}
    )(?!\w)""",
    re.VERBOSE | re.ASCII,
)
_ORDER = re.compile(
    r"(?<![\w.,+-])#?(?:TW[- ]?)?(?!(?:19|20)\d\d(?!\d))(\d{4,8})(?![\w@%€])(?!-\d)", re.ASCII
)


@dataclass(frozen=True)
class Entity:
    """`text[start:end]` names `value`, of a kind."""

    kind: str
    start: int
    end: int
    value: str


class NamedProduct(Protocol):
    """A stretch of text that names a product."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""

    @property
    def sku(self) -> str:
        """The article number."""


class ProductNames(Protocol):
    """Finds the products that a text names."""

    def find(self, text: str) -> Iterable[NamedProduct]:
        """Those of the text, none overlapping."""


class EntityReader:
    """Reads the entities of messages. `country` is the shop's, an ISO 3166 code; `currency` too."""

    def __init__(self, products: ProductNames, country: str, currency: str) -> None:
        self._products = products
        self._regions = (country, "CN")
        self._currency = currency

    def read(self, text: str, today: date) -> list[Entity]:
        """The entities of the first 2,000 characters, by place; none overlap."""
        text = text[:MAX_CHARACTERS]
        found = [
            *(Entity("email", m.start(), m.end(), m[0].lower()) for m in _EMAIL.finditer(text)),
            *(Entity("date", d.start, d.end, d.day.isoformat()) for d in find_dates(text, today)),
            *self._amounts(text),
            *self._phones(text),
            *(Entity("product", p.start, p.end, p.sku) for p in self._products.find(text)),
            *(Entity("order_number", m.start(), m.end(), m[1]) for m in _ORDER.finditer(text)),
        ]
        found.sort(key=lambda e: (PRIORITY.index(e.kind), e.start - e.end))
        kept: list[Entity] = []
        for entity in found:
            if all(entity.end <= k.start or entity.start >= k.end for k in kept):
                kept.append(entity)
        return sorted(kept, key=lambda entity: entity.start)

    def _amounts(self, text: str) -> Iterator[Entity]:
        for match in _AMOUNT.finditer(text):
            sign = (match["before"] or match["after"]).strip()
            number = float((match["a"] or match["b"]).replace(",", "."))
            currency = _CURRENCIES.get(sign) or (sign if sign.isascii() else self._currency)
            yield Entity("amount", match.start(), match.end(), f"{number:.2f} {currency}")

    def _phones(self, text: str) -> Iterator[Entity]:
        for match in _PHONE.finditer(text):
            yield Entity("phone", match.start(), match.end(), self._phone(match[0]))

    def _phone(self, written: str) -> str:
        """E.164 if it is a number of one of the regions, else as it was written."""
        for region in self._regions:
            try:
                number = phonenumbers.parse(re.sub(r"^00", "+", written), region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                form: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                return form
        return written
