"""Extracts the facts of a text that can be compared verbatim: numbers with units, links, codes.

Numbers are read in digits and in words, English, Chinese and Roman, and brought to one unit: two
weeks are 14 days, half a year is 6 months, 9 am is 09:00. 30 % and 30 days are different facts, and
so are 3 days and 3 working days.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from switchboard.privacy.redaction import PLACEHOLDER
from switchboard.text.numbers import ENGLISH_PATTERN, chinese_number, english_number
from switchboard.text.patterns import EMAIL

_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>\"'，。；）)]+|\bwww\.[^\s<>\"'，。；）)]+"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.){1,9}[^\W\d_]{2,24}\b(?:/[^\s，。；）)]*)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(EMAIL)
_CODE = re.compile(r"\b(?=\w*[A-Z])(?=\w*\d)[A-Z0-9]{3,}(?:-[A-Z0-9]+)*\b|\b[A-Z]{5,}\b", re.ASCII)
# Bounded: Python makes no number of more than 4,300 digits.
_NUMBER = re.compile(r"\d{1,40}(?:[.,:]\d{1,40}){0,8}")
_RANGE = re.compile(
    r"(?<!\d)(\d{1,40}(?:[.,]\d{1,40})?)\s*(?:-|–|—|~|to|or|and|至|到|或)\s*(?=\d)", re.IGNORECASE
)
_NUMBER_WORDS = re.compile(ENGLISH_PATTERN, re.IGNORECASE)
_FRACTIONS = re.compile(
    r"\b(?:half|twice|double|doubled|triple|thrice|quarter|third of|once|dozens?)\b"
    r"|一半|半价|[双两三五十\d]倍|翻倍|[两二]次",
    re.IGNORECASE,
)
_HAN = "零〇一二两三四五六七八九十百千万廿卅卌壹贰叁肆伍陆柒捌玖拾佰仟"
_HAN_NUMBER = re.compile(
    rf"百分之[{_HAN}]+|[{_HAN}]+(?=折)|"
    rf"[{_HAN}]*[二两三四五六七八九十百千万廿卅卌贰叁肆伍陆柒捌玖拾佰仟][{_HAN}]*"
    r"|一(?=个?(?:年|月|周|星期|天|小时|分钟|元|块|欧|工作日|倍|折|刻钟|季度))"
)
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇", "一二三四五六七八九十百千零")
_TENS = {"廿": "二十", "卅": "三十", "卌": "四十"}
_UNITS: tuple[tuple[str, str, str], ...] = (
    # (unit in one word, the unit as written, how many of it): the first that matches counts
    ("percent", r"%|percent\b|per cent\b|％|折", "1"),
    (
        "money",
        r"€|\$|£|¥|euros?\b|eur\b|dollars?\b|pounds?\b|cents?\b|元|块|欧元|欧|美元|英镑",
        "1",
    ),
    ("working day", r"-?(?:working|business|week)[ -]?days?\b|个?工作日", "1"),
    ("minute", r"-?(?:minutes?\b|mins?\b|分钟)", "1"),
    ("minute", r"-?(?:(?:opening |working )?hours?\b|hrs?\b|个?小时|个?钟头)", "60"),
    ("minute", r"刻钟", "15"),
    ("day", r"-?(?:(?:calendar )?days?\b|nights?\b)|天|日(?!期)", "1"),
    ("day", r"-?weeks?\b|个?星期|个?礼拜|周(?![一二三四五六日末])", "7"),
    ("day", r"fortnights?\b", "14"),
    ("month", r"-?months?\b|个月|期(?!间|限)", "1"),
    ("month", r"-?quarters?\b|个?季度", "3"),
    ("month", r"-?years?\b|-?yrs?\b|年", "12"),
    ("degree", r"°\s?[cf]?|degrees?\b|度", "1"),
    ("watt", r"-?w(?:atts?)?\b|瓦", "1"),
    ("metre", r"-?m(?:et(?:er|re)s?)?\b|米", "1"),
)
_UNIT_PATTERNS = [
    (unit, re.compile(rf"\s*(?:{written})", re.IGNORECASE), Fraction(size))
    for unit, written, size in _UNITS
]
_ANY_UNIT = "|".join(written for _, written, _ in _UNITS)
_ARTICLE = re.compile(
    r"(?<!twice )(?<!times )(?<!once )\b(?:an?|one)\s+"
    rf"(?=(?:full |whole |single )?(?:{_ANY_UNIT}))",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"\bhalf[ -](?:an? |of an? )?(?=hour|year|day|week|month)"
    r"|\b(?:an? )?half(?: of)? (?=a (?:day|year|month))"
    r"|半个?(?=年|月|天|小时|周|星期)",
    re.IGNORECASE,
)
_ROMAN = re.compile(
    rf"\b(?=[IVXLCDM])(M{{0,3}}(?:CM|CD|D?C{{0,3}})(?:XC|XL|L?X{{0,3}})(?:IX|IV|V?I{{0,3}}))(?=\s*(?:{_ANY_UNIT}))"
)
_ROMAN_VALUES = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
_TIME = re.compile(
    r"(?:(?P<part>早上|上午|中午|下午|傍晚|晚上)\s*)?(?<![\d.,])(?P<hour>[01]?\d|2[0-4])(?:[:：.](?P<minute>[0-5]\d)"
    r"|\s*(?:o'?clock|[点时](?!间)(?:(?P<han>[0-5]?\d)分|(?P<half>半))?))?\s*(?P<half_day>[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_NOON = re.compile(r"\b(?:noon|midday)\b|中午|正午", re.IGNORECASE)
_MIDNIGHT = re.compile(r"\bmidnight\b|午夜|零点", re.IGNORECASE)
_AFTER_NOON = frozenset({"下午", "傍晚", "晚上"})
_MONEY_BEFORE = re.compile(r"[€$£¥]\s*$")
_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn"}


@dataclass(frozen=True)
class Fact:
    """One fact. `value` is normalised; `unit` is empty if none is given, `text` for non-numbers."""

    value: str
    unit: str = ""


def visible(text: str) -> str:
    """`text` in NFKC, without characters that nobody sees."""
    # A full-width comma ends a number; NFKC would narrow it and join two numbers.
    text = unicodedata.normalize("NFKC", text.replace("，", ", ").replace("：", ": "))
    return "".join(
        char for char in text if char in "\n\t " or unicodedata.category(char) not in _INVISIBLE
    )


def read_facts(text: str) -> set[Fact]:
    """All facts in a text."""
    text = visible(text)
    facts: set[Fact] = set()
    for pattern in (PLACEHOLDER, _EMAIL, _LINK, _CODE):
        for match in pattern.finditer(text):
            facts.add(Fact(match[0].rstrip(".,;:!?").casefold(), "text"))
        text = pattern.sub(" ", text)
    text = _in_digits(text)
    text = _take_times(text, facts)
    facts |= {Fact(match[0].casefold(), "text") for match in _FRACTIONS.finditer(text)}
    # The first number of a range takes the unit of the second.
    ends = {match.end(): match.start() for match in _RANGE.finditer(text)}
    units: dict[int, tuple[str, Fraction]] = {}
    for match in reversed(list(_NUMBER.finditer(text))):
        unit, size = _unit(text, match)
        if match.start() in ends:
            units[ends[match.start()]] = unit, size
        if not unit:
            unit, size = units.get(match.start(), ("", size))
        facts.add(Fact(_normal(match[0], size), unit))
    return facts


def unknown_facts(text: str, grounds: str) -> set[str]:
    """The facts in `text` that `grounds` does not contain."""
    known = read_facts(grounds)
    missing = set()
    for fact in read_facts(text) - known:
        same_value = {k.unit for k in known if k.value == fact.value and k.unit != "text"}
        if same_value and not fact.unit and same_value != {""}:
            continue  # a number said without its unit
        missing.add(f"{fact.value} {fact.unit}".strip())
    return missing


def _take_times(text: str, facts: set[Fact]) -> str:
    """Move the times of day of a text to `facts`, as `09:00`."""

    def taken(match: re.Match[str]) -> str:
        half_day = (match["half_day"] or "").lower()
        clock = match[0].strip()
        told = half_day or match["part"] or ":" in clock or re.search(r"[点时]|clock", clock)
        if not told or ("." in clock and not half_day):
            return match[0]  # a number
        hour = int(match["hour"])
        minute = int(match["minute"] or match["han"] or (30 if match["half"] else 0))
        if hour < 12 and (half_day.startswith("p") or match["part"] in _AFTER_NOON):
            hour += 12
        if hour == 12 and half_day.startswith("a"):
            hour = 0
        facts.add(Fact(f"{hour:02}:{minute:02}", "time"))
        return " "

    text = _TIME.sub(taken, text)
    for pattern, time in ((_NOON, "12:00"), (_MIDNIGHT, "00:00")):
        if pattern.search(text):
            facts.add(Fact(time, "time"))
            text = pattern.sub(" ", text)
    return text


def _unit(text: str, match: re.Match[str]) -> tuple[str, Fraction]:
    """The unit behind or before a number, and how many of it one is."""
    if _MONEY_BEFORE.search(text[: match.start()]):
        return "money", Fraction(1)
    for unit, pattern, size in _UNIT_PATTERNS:
        if pattern.match(text, match.end()):
            return unit, size
    return "", Fraction(1)


def _normal(number: str, size: Fraction) -> str:
    """The normal form in the base unit: `4,90`, `4.90` and `4.9` are one number."""
    if ":" in number:
        return number
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    if number.count(".") > 1:
        return number
    value = Fraction(number) * size
    return f"{float(value):g}" if value.denominator > 1 else str(value.numerator)


def _in_digits(text: str) -> str:
    text = _HALF.sub("0.5 ", text)
    text = _ROMAN.sub(lambda match: str(_roman(match[1])), text)
    text = _NUMBER_WORDS.sub(_english, text)
    text = _ARTICLE.sub("1 ", text)
    return _HAN_NUMBER.sub(lambda match: _chinese(match[0]), text)


def _english(match: re.Match[str]) -> str:
    """A number word in digits; "one" stays a word, which only a unit makes a number."""
    value = english_number(match[0])
    return match[0] if value == 1 else str(value)


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[char] for char in numeral]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def _chinese(number: str) -> str:
    plain = number.translate(_FORMAL)
    for short, long in _TENS.items():
        plain = plain.replace(short, long)
    value = chinese_number(plain.removeprefix("百分之"))
    if value is None:
        return number
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return shown + ("%" if number.startswith("百分之") else "")
