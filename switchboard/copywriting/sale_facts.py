"""The facts of a post, as a person gives them in a file: read within bounds, and said clearly where
they cannot be used."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from switchboard.answering.claims import forbidden_claim
from switchboard.errors import ConfigurationError
from switchboard.shop.policy import money
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import SPOKEN

MAX_PRODUCTS = 10
MAX_FILE = 50_000
"""Bytes: a post says a few things."""
_NAME, _CONDITIONS = 80, 200
_KEYS = (
    *("name", "products", "discount_percent", "starts", "ends", "open_ended", "currency", "code"),
    *("link", "conditions"),
)
_PRODUCT_KEYS = ("name", "price", "was")
_CODE = re.compile(r"[A-Z0-9-]{3,20}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class SaleProduct:
    """A product with its price in the sale, and the price before if it is told."""

    name: Mapping[str, str]
    price: Decimal
    was: Decimal | None


@dataclass(frozen=True)
class SaleFacts:
    """All that a post may say. `ends` is None where the facts say that there is no end."""

    name: Mapping[str, str]
    products: tuple[SaleProduct, ...]
    discount_percent: int | None
    starts: date | None
    ends: date | None
    currency: str
    code: str
    link: str
    conditions: Mapping[str, str]

    @property
    def days(self) -> list[date]:
        """The days that a post has to name."""
        return [day for day in (self.starts, self.ends) if day is not None]


def load_sale_facts(path: Path, currency: str) -> SaleFacts:
    """Read a file of facts; `currency` is the shop's.

    Raises:
        ConfigurationError: it cannot be read, or says something that cannot be used; the message
            names the line of it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_FILE:
            raise ConfigurationError(f"{path.name}: more than {MAX_FILE} characters")
        raw = read_yaml(text)
        twice = _named_twice(yaml.compose(text, yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    if twice:
        raise ConfigurationError(f"{path.name}: {twice}: it stands there twice")
    try:
        return read_sale_facts(raw, currency)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path.name}: {error}") from None


def read_sale_facts(raw: object, currency: str) -> SaleFacts:
    """Read facts.

    Raises:
        ConfigurationError: one cannot be used; the message begins with its name.
    """
    given = _mapping(raw, "the file", _KEYS)
    name = _forms(given.get("name"), "name", _NAME)
    starts, ends = (_day(given.get(key), key) for key in ("starts", "ends"))
    open_ended = given.get("open_ended") is True
    if ends is None and not open_ended:
        raise ConfigurationError("ends: missing; `open_ended: true` says that there is no end")
    if ends is not None and open_ended:
        raise ConfigurationError("open_ended: there is an end")
    if starts is not None and ends is not None and ends < starts:
        raise ConfigurationError("ends: before it starts")
    products = given.get("products") or []
    if not isinstance(products, list) or len(products) > MAX_PRODUCTS:
        raise ConfigurationError(f"products: a list of at most {MAX_PRODUCTS}")
    percent = given.get("discount_percent")
    if percent is not None and (type(percent) is not int or not 1 <= percent <= 95):
        raise ConfigurationError("discount_percent: a whole number, 1 to 95")
    if percent is None and not products:
        raise ConfigurationError("products: missing, and no discount_percent either")
    sold = tuple(_product(entry, f"products[{n}]") for n, entry in enumerate(products, start=1))
    currency = _matching(
        given.get("currency", currency), _CURRENCY, "currency", "a code such as EUR"
    )
    _check_products(sold, percent, currency)
    return SaleFacts(
        name,
        sold,
        percent,
        starts,
        ends,
        currency,
        _matching(given.get("code", ""), _CODE, "code", "3 to 20 of A-Z, 0-9 and -"),
        _link(given.get("link")),
        _forms(given["conditions"], "conditions", _CONDITIONS) if "conditions" in given else {},
    )


def _named_twice(node: yaml.Node | None) -> str:
    """A name that has two values in one place, of which YAML would silently take the last."""
    if isinstance(node, yaml.SequenceNode):
        return next(filter(None, map(_named_twice, node.value)), "")
    if not isinstance(node, yaml.MappingNode):
        return ""
    names = [str(key.value)[:40] for key, _ in node.value]
    twice = (name for at, name in enumerate(names) if name in names[:at])
    return next(twice, "") or next(filter(None, (_named_twice(v) for _, v in node.value)), "")


def _mapping(raw: object, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{where}: names with values")
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1, 0.0)[0]
            raise ConfigurationError(f"{str(key)[:40]}: unknown; did you mean {near}?")
    return raw


def _forms(raw: object, where: str, longest: int) -> dict[str, str]:
    """A text in both languages, in which nothing tries to be more than a text."""
    if not isinstance(raw, dict) or set(raw) != set(SPOKEN):
        raise ConfigurationError(f"{where}: a text for each of {', '.join(SPOKEN)}")
    forms = {}
    for language in SPOKEN:
        text, place = raw[language], f"{where}.{language}"
        if not isinstance(text, str) or not text.strip() or len(text) > longest:
            raise ConfigurationError(f"{place}: a text of at most {longest} characters")
        if not text.isprintable():
            raise ConfigurationError(f"{place}: one line, without characters that nobody sees")
        refused = forbidden_claim(text, text, ()) or _commanding(text)
        if refused:
            raise ConfigurationError(f"{place}: {refused}")
        forms[language] = " ".join(text.split())
    return forms


_COMMANDS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|rule|fact|above|previous|check)"
    r"|\byou (?:are|must|should|will) (?:now|write|say|output|reply)\b|\b(?:system|assistant)\s*:"
    r"|(?:忽略|无视|忘记).{0,12}(?:指令|规则|事实|以上|之前)",
    re.IGNORECASE,
)


def _commanding(text: str) -> str | None:
    return "it gives instructions" if _COMMANDS.search(text) else None


def _day(raw: object, where: str) -> date | None:
    if raw is None:
        return None
    if isinstance(raw, datetime) or not isinstance(raw, date):
        raise ConfigurationError(f"{where}: a day as 2026-11-30, without quotes")
    return raw


def _price(raw: object, where: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < 1_000_000:
        raise ConfigurationError(f"{where}: an amount such as 14.90, without a currency")
    amount = Decimal(str(raw))
    if amount != amount.quantize(Decimal("0.01")):
        raise ConfigurationError(f"{where}: two decimals at most")
    return amount.quantize(Decimal("0.01"))


def _product(raw: object, where: str) -> SaleProduct:
    given = _mapping(raw, where, _PRODUCT_KEYS)
    name = _forms(given.get("name"), f"{where}.name", _NAME)
    price = _price(given.get("price"), f"{where}.price")
    was = _price(given["was"], f"{where}.was") if "was" in given else None
    if was is not None and was <= price:
        raise ConfigurationError(f"{where}.was: not more than the price")
    return SaleProduct(name, price, was)


def _check_products(products: tuple[SaleProduct, ...], percent: int | None, currency: str) -> None:
    """Facts must not contradict each other: no check of a draft could find it."""
    for number, product in enumerate(products, start=1):
        for language in SPOKEN:
            name = product.name[language].casefold()
            if any(name == other.name[language].casefold() for other in products[: number - 1]):
                raise ConfigurationError(
                    f"products[{number}].name.{language}: it stands there twice"
                )
        if percent is None or product.was is None:
            continue
        less = product.was * (100 - percent) / 100
        if abs(less - product.price) >= 1:  # a shop rounds to 9.99 or to a whole amount
            was, price = money(product.was, currency), money(product.price, currency)
            raise ConfigurationError(
                f"products[{number}].was: {was} less {percent}% is not {price}"
            )


def _matching(raw: object, form: re.Pattern[str], where: str, told: str) -> str:
    if raw == "":
        return ""
    if not isinstance(raw, str) or not form.fullmatch(raw):
        raise ConfigurationError(f"{where}: {told}")
    return raw


def _link(raw: object) -> str:
    if raw is None:
        return ""
    parts = urlsplit(raw) if isinstance(raw, str) and raw.isprintable() else None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(str(raw)) > 200:
        raise ConfigurationError("link: an https:// address of at most 200 characters")
    if " " in str(raw) or parts.username or parts.password:
        raise ConfigurationError("link: an address without spaces, names and passwords")
    return str(raw)
