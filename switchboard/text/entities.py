"""What a message names: order numbers, e-mails, phones, amounts, dates, products.

Each has a normal form: an order number's digits, an e-mail in lower case, a phone in E.164 where it
is a valid number of the shop's country or China, an amount as `12.50 EUR`, a day as ISO, a product
as its article number. Patterns look at ASCII borders, since Chinese puts no space around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Protocol

import phonenumbers

from switchboard.text.dates import find_dates
from switchboard.text.order_numbers import OrderNumbers
from switchboard.text.patterns import EMAIL

LABELLED = "labelled"
PRIORITY = (LABELLED, "email", "date", "amount", "phone", "product", "order_number")
"""Where two readings overlap, the earlier kind wins: the digits of a phone are no order,
unless they are called one."""
MAX_CHARACTERS = 2000
_MOST = 10  # of a kind in one message: dates and phones are costly to read
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
    r"(?<![\w.,+-])#?(?P<prefix>(?:TW|ORD|NO|NR)[-. #]{1,2}|[A-Z]{1,4}-?)?"
    r"(?:(?!(?:19|20)\d\d(?!\d))(?P<digits>\d{4,8})|(?P<spaced>\d(?: \d){3,7}))"
    r"(?![\w@%€])(?!-\d)(?! \d(?!\d))",
    re.ASCII | re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:\b(?:order|purchase)(?:\ ?(?:number|no\.?|nr\.?|id|\#))?|订单(?:编号|号)?|单号)"
    r"(?:\ ?(?:is|was|是|为|[:：#]))?\ ?\#?(?P<digits>\d{4,24})(?![\w@%€-])",
    re.ASCII | re.IGNORECASE,
)
"""A number that the customer calls an order's, however long it is."""
_STREET_BEFORE = re.compile(
    r"(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee|street|road|lane|avenue|\brue|\bcalle|\bvia)\b"
    r"[^.!?\n]{0,24}$",
    re.IGNORECASE,
)
_TOWN_AFTER = re.compile(r"\ [A-ZÄÖÜ][a-zäöüéß]{2,}")
_WIDE = str.maketrans("０１２３４５６７８９＃－", "0123456789#-")


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
    """Reads the entities of messages. `country` is the shop's, an ISO 3166 code, `currency` an
    ISO 4217 code, `numbers` the form of its order numbers."""

    def __init__(
        self,
        products: ProductNames,
        country: str,
        currency: str,
        numbers: OrderNumbers | None = None,
    ) -> None:
        self._products = products
        self._numbers = numbers or OrderNumbers()
        self._regions = (country, "CN")
        self._currency = currency

    def read(self, text: str, today: date) -> list[Entity]:
        """The entities of the first 2,000 characters, by place; none overlap."""
        text = text[:MAX_CHARACTERS].translate(_WIDE)  # a character for each
        mails = islice(_EMAIL.finditer(text), _MOST)
        dates = islice(find_dates(text, today), _MOST)
        found = [
            *(Entity("email", m.start(), m.end(), m[0].lower()) for m in mails),
            *(Entity("date", d.start, d.end, d.day.isoformat()) for d in dates),
            *islice(self._amounts(text), _MOST),
            *self._phones(text),
            *(Entity("product", p.start, p.end, p.sku) for p in self._products.find(text)),
            *islice(self._orders(text), 2 * _MOST),
        ]
        found.sort(key=lambda e: (PRIORITY.index(e.kind), e.start - e.end))
        kept: list[Entity] = []
        for entity in found:
            if all(entity.end <= k.start or entity.start >= k.end for k in kept):
                kept.append(entity)
        named = [replace(e, kind="order_number") if e.kind == LABELLED else e for e in kept]
        return sorted(named, key=lambda entity: entity.start)

    def _orders(self, text: str) -> Iterator[Entity]:
        if not self._numbers.plain:
            for match in self._numbers.find(text):
                value = match["number"].upper()
                yield Entity(LABELLED, match.start(), match.end(), value)
            return
        for match in _CALLED.finditer(text):
            yield Entity(LABELLED, match.start("digits"), match.end("digits"), match["digits"])
        for match in _ORDER.finditer(text):
            if _is_postcode(text, match):
                continue
            digits = match["digits"] or match["spaced"].replace(" ", "")
            # `4 7 1 2` may be part of a phone number, and `a 4711` is no prefix.
            yield Entity("order_number", match.start(), match.end(), digits)

    def _amounts(self, text: str) -> Iterator[Entity]:
        for match in _AMOUNT.finditer(text):
            sign = (match["before"] or match["after"]).strip()
            number = float((match["a"] or match["b"]).replace(",", "."))
            currency = _CURRENCIES.get(sign) or (sign if sign.isascii() else self._currency)
            yield Entity("amount", match.start(), match.end(), f"{number:.2f} {currency}")

    def _phones(self, text: str) -> Iterator[Entity]:
        for match in islice(_PHONE.finditer(text), _MOST):
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


def _is_postcode(text: str, match: re.Match[str]) -> bool:
    """Five digits behind a street or before a town."""
    if len(match["digits"] or "") != 5 or match["prefix"] or match[0].startswith("#"):
        return False
    before = text[max(0, match.start() - 60) : match.start()]
    if _STREET_BEFORE.search(before):
        return True
    return before.endswith(", ") and _TOWN_AFTER.match(text, match.end()) is not None
