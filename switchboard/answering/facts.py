"""Extracts the facts of a text that can be compared verbatim: numbers with units, links, codes.

Numbers are read in digits and in words, English and Chinese; 30 % and 30 days are different facts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from switchboard.privacy.redaction import PLACEHOLDER
from switchboard.text.numbers import ENGLISH_PATTERN, chinese_number, english_number
from switchboard.text.patterns import EMAIL

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。；）)]+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.ASCII
)
_EMAIL = re.compile(EMAIL)
_CODE = re.compile(r"\b(?=\w*[A-Z])(?=\w*\d)[A-Z0-9]{3,}(?:-[A-Z0-9]+)*\b|\b[A-Z]{5,}\b", re.ASCII)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|–|—|~|to|or|and|至|到|或)\s*(?=\d)", re.IGNORECASE)
_NUMBER_WORDS = re.compile(ENGLISH_PATTERN, re.IGNORECASE)
_FRACTIONS = re.compile(
    r"\b(?:half|twice|double|triple|dozen)\b|一半|半价|[双两三五十\d]倍", re.IGNORECASE
)
_HAN_NUMBER = re.compile(
    r"百分之[零一二两三四五六七八九十百]+|[零一二两三四五六七八九十百千万]+(?=折)|"
    r"[零一二两三四五六七八九十百千万]*[二两三四五六七八九十百千万][零一二两三四五六七八九十百千万]*"
)
_UNITS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (unit, re.compile(pattern, re.IGNORECASE))
    for unit, pattern in (
        ("percent", r"\s*(?:%|percent\b|per cent\b|折)"),
        (
            "money",
            r"\s*(?:€|\$|£|¥|euros?\b|eur\b|dollars?\b|pounds?\b|cents?\b|元|块|欧|欧元|美元|英镑)",
        ),
        ("minute", r"\s*(?:-|\s)?(?:minutes?\b|mins?\b|分钟)"),
        ("hour", r"\s*(?:-|\s)?(?:(?:opening |working )?hours?\b|小时|个小时)"),
        ("day", r"\s*(?:-|\s)?(?:(?:working |business |calendar )?days?\b|天|日|个?工作日)"),
        ("week", r"\s*(?:-|\s)?(?:weeks?\b|周|星期|个星期)"),
        ("month", r"\s*(?:-|\s)?(?:months?\b|个月|期)"),
        ("year", r"\s*(?:-|\s)?(?:years?\b|年)"),
        ("degree", r"\s*(?:°\s?C?|degrees?\b|度)"),
    )
)
_MONEY_BEFORE = re.compile(r"[€$£¥]\s*$")
STRICT_UNITS = frozenset({"percent", "money"})
"""A price or a discount must have the same unit in the source."""


@dataclass(frozen=True)
class Fact:
    """One fact. `value` is normalised; `unit` is empty if none is given, `text` for non-numbers."""

    value: str
    unit: str = ""


def read_facts(text: str) -> set[Fact]:
    """All facts in a text."""
    # A full-width comma ends a number; NFKC would narrow it and join two numbers.
    text = unicodedata.normalize("NFKC", text.replace("，", ", ").replace("：", ": "))
    facts: set[Fact] = set()
    for pattern in (_EMAIL, _LINK, PLACEHOLDER, _CODE):
        for match in pattern.finditer(text):
            facts.add(Fact(match[0].rstrip(".,;:!?").casefold(), "text"))
        text = pattern.sub(" ", text)
    facts |= {Fact(match[0].casefold(), "text") for match in _FRACTIONS.finditer(text)}
    text = _in_digits(text)
    # The first number of a range takes the unit of the second.
    ends = {match.end(): match.start() for match in _RANGE.finditer(text)}
    units: dict[int, str] = {}
    for match in reversed(list(_NUMBER.finditer(text))):
        unit = _unit(text, match)
        if match.start() in ends:
            units[ends[match.start()]] = unit
        unit = unit or units.get(match.start(), "")
        if match[0] != "1":  # "one of our", 一个
            facts.add(Fact(_normal(match[0]), unit))
    return facts


def unknown_facts(text: str, grounds: str) -> set[str]:
    """The facts in `text` that `grounds` does not contain."""
    known = read_facts(grounds)
    values = {fact.value for fact in known}
    missing = set()
    for fact in read_facts(text):
        if fact in known:
            continue
        same_value = fact.value in values and fact.unit not in STRICT_UNITS
        other_unit = {k.unit for k in known if k.value == fact.value} - {""}
        if same_value and (not fact.unit or not other_unit):
            continue
        missing.add(f"{fact.value} {fact.unit}".strip())
    return missing


def _unit(text: str, match: re.Match[str]) -> str:
    if _MONEY_BEFORE.search(text[: match.start()]):
        return "money"
    for unit, pattern in _UNITS:
        if pattern.match(text, match.end()):
            return unit
    return ""


def _normal(number: str) -> str:
    """The normal form: `4,90`, `4.90` and `4.9` are one number; a time keeps its colon."""
    if ":" in number:
        return number
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    if number.count(".") == 1:
        number = number.rstrip("0").rstrip(".")
    return number.lstrip("0") or "0"


def _in_digits(text: str) -> str:
    text = _NUMBER_WORDS.sub(lambda match: str(english_number(match[0])), text)
    return _HAN_NUMBER.sub(lambda match: _chinese(match[0]), text)


def _chinese(number: str) -> str:
    value = chinese_number(number.removeprefix("百分之"))
    if value is None:
        return number
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return shown + ("%" if number.startswith("百分之") else "")
