"""Finds personal data in text.

E-mails, phone numbers, payment cards (Luhn), IBANs (mod 97) and Chinese identity numbers (ISO 7064)
are recognised by form and checksum; order numbers and amounts are not, because an answer needs
them. Names and street addresses are found where the words around them say so ("my name is …", "…
Road", 号); others are not recognised: nothing that works offline finds them reliably.

Boundaries are ASCII, since Chinese puts no space around a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from switchboard.text.patterns import EMAIL

_EMAIL = re.compile(EMAIL)
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"
    r"|[a-z]{2}\d{2}[a-z0-9]{11,30})(?![A-Za-z0-9])"
)
_PHONE = re.compile(r"(?<![\w#-])(?:\+|00|\()?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])", re.ASCII)
_IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d")
_NAME_WORD = r"[A-Z](?:['’][A-Z])?[a-zà-öø-ÿ]+(?:[-'’][A-Z]?[a-zà-öø-ÿ]+)?"
_NAMES = rf"{_NAME_WORD}(?:[ \t]+(?:[A-Z]\.|{_NAME_WORD})){{0,2}}"
_KIN = "husband|wife|son|daughter|mother|father|brother|sister|friend|partner|neighbour|colleague"
_NAME = re.compile(
    r"(?:\b(?i:my name is|my name's|name:|i am called|on behalf of|regards,?|yours,?|recipient:|"
    rf"attn:?|signed|deliver to|my (?:{_KIN}))\s+|\b(?i:mr|mrs|ms|dr)\.?\s+)(?P<name>{_NAMES})"
    rf"|\b(?i:this is)\s+(?P<here>{_NAMES})(?=,?\s+(?:from|speaking|here|calling|again)\b)"
    rf"|\b(?i:i am|i'm|this is)\s+(?P<full>{_NAME_WORD}[ \t]+{_NAME_WORD})"
    r"|(?:我叫|我的名字是|姓名[:：是]|收件人[:：是]?|收货人[:：是]?|我是(?=[\u4e00-\u9fff]{2,3}"
    r"(?:先生|女士|小姐)))(?P<chinese>[\u4e00-\u9fff]{2,3}?)(?=先生|女士|小姐|[\s,，。.!！;；、]|$)"
)
_STREET = (
    r"Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Court|Square|Terrace|Quay|Place|Row|Way|"
    r"Gardens|Crescent|Park|Hill|Green"
)
_ADDRESS = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:[A-Z][\w'’]+\s+){{1,3}}(?:{_STREET})\b\.?"
    r"|\b[A-Z]\d[\dW]\s?[A-Z0-9]{4}\b"  # Eircode
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"  # British postcode
    r"|(?:[\u4e00-\u9fff]{2,8}?[省市区县镇]){0,3}[\u4e00-\u9fff]{1,8}(?:路|街|巷|弄|大道|胡同)"
    r"\s?\d{1,5}\s?号(?:[\d\w\u4e00-\u9fff]{0,4}?(?:楼|栋|幢|单元|室|座))*(?:\d{1,5}室?)?"
)


@dataclass(frozen=True)
class Found:
    """One piece of personal data: `text[start:end]` is an e-mail, a phone, and so on."""

    kind: str
    start: int
    end: int


def luhn_valid(digits: str) -> bool:
    """Whether a card number's check digit is valid (ISO/IEC 7812)."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_valid(text: str) -> bool:
    """Whether an account number's check digits are valid (ISO 13616)."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


def identity_valid(number: str) -> bool:
    """Whether a Chinese identity number's check character is valid (ISO 7064, MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_card(text: str) -> bool:
    return luhn_valid(re.sub(r"\D", "", text))


def _is_phone(text: str) -> bool:
    if _DATE.fullmatch(text):
        return False
    grouped = text.startswith(("+", "0")) or not text.isdigit()
    # A bare run of seven or eight digits is more likely an order number than a phone.
    return grouped or len(text) >= 9


def _any(_text: str) -> bool:
    return True


# In order of precedence: a later kind never overlaps an earlier one.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, _any),
    ("account", _IBAN, iban_valid),
    ("identity", _IDENTITY, identity_valid),
    ("card", _CARD, _is_card),
    ("phone", _PHONE, _is_phone),
    ("address", _ADDRESS, _any),
    ("name", _NAME, _any),
)


def find_personal(text: str) -> list[Found]:
    """The pieces in text order; none overlap."""
    found: list[Found] = []
    for kind, pattern, fits in _KINDS:
        for start, end in _spans(pattern, text):
            if fits(text[start:end]) and all(end <= f.start or f.end <= start for f in found):
                found.append(Found(kind, start, end))
    return sorted(found, key=lambda piece: piece.start)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        group = next((name for name, value in match.groupdict().items() if value), 0)
        yield match.span(group)
