"""Redaction: what leaves for a model, a log or an export carries no personal data.

E-mails, phone numbers, payment cards (Luhn), IBANs (mod 97) and Chinese identity numbers (ISO 7064)
are replaced by a placeholder; order numbers and amounts stay, because an answer needs them. Names
and street addresses are not recognised: nothing that works offline finds them reliably.

Borders are ASCII ones, since Chinese puts no space around a number; full-width digits count too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", re.IGNORECASE | re.ASCII)
_PHONE = re.compile(r"(?<![\w#-])(?:\+|00)?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])", re.ASCII)
_IDENTITY = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d")


def luhn_valid(digits: str) -> bool:
    """Whether a card number's check digit fits (ISO/IEC 7812)."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_valid(text: str) -> bool:
    """Whether an account number's check digits fit (ISO 13616)."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


def identity_valid(number: str) -> bool:
    """Whether the check character of a Chinese identity number fits (ISO 7064, MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _identity(match: re.Match[str]) -> str:
    return "[identity]" if identity_valid(match[0]) else match[0]


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return "[card]" if luhn_valid(digits) else match[0]


def _iban(match: re.Match[str]) -> str:
    return "[account]" if iban_valid(match[0]) else match[0]


def _phone(match: re.Match[str]) -> str:
    if _DATE.fullmatch(match[0]):
        return match[0]
    digits = re.sub(r"\D", "", match[0])
    grouped = match[0].startswith(("+", "0")) or not match[0].isdigit()
    # A bare run of seven or eight digits is rather an order number than a phone.
    return "[phone]" if grouped or len(digits) >= 9 else match[0]


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_EMAIL, "[email]"),
    (_IBAN, _iban),
    (_IDENTITY, _identity),
    (_CARD, _card),
    (_PHONE, _phone),
)


def redact(text: str) -> str:
    """`text` in NFKC, with personal data replaced by `[email]`, `[phone]` and their like."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
