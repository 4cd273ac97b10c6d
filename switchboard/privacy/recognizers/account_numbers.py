"""Numbers that are somebody's: cards, accounts, phones, identity cards and passports.

Presidio's own recogniser finds IBANs; these find the rest, by form and checksum, and what has none
or a wrong one, since customers mistype, beside a word that names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled, group_spans

_CARD = compiled(r"(?<![\dA-Za-z])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d])")
_CARD_WORD = compiled(
    r"\b(?:card|visa|master ?card|amex|maestro|debit|credit)\b|卡号|卡(?!片)|银行卡|信用卡|visa卡",
    re.IGNORECASE,
)
_SPACED_CARD = compiled(r"(?<![\dA-Za-z])\d{4}([ -])\d{4,6}\1\d{4,5}(?:\1\d{1,4}){0,2}(?!\d)")
_TRACKING = compiled(
    r"(?:track|parcel|运单|快递单|物流|ean|barcode|条码)[^\n]{0,24}$", re.IGNORECASE
)
_NEAR = 40


def luhn_valid(digits: str) -> bool:
    """Whether a card number's check digit is valid (ISO/IEC 7812)."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class CardRecognizer(SpanRecognizer):
    """Finds cards by their check digit, and mistyped ones beside a word for a card."""

    kind = "card"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The numbers."""
        for pattern in (_CARD, _SPACED_CARD):
            for match in pattern.finditer(text):
                before = text[max(0, match.start() - _NEAR) : match.start()]
                named = _CARD_WORD.search(before) or _CARD_WORD.search(text[match.end() :][:_NEAR])
                digits = re.sub(r"\D", "", match[0])
                if named or (luhn_valid(digits) and not _TRACKING.search(before)):
                    yield match.span()


_IBAN = compiled(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"
    r"|[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?)(?![A-Za-z0-9])"
)
_ACCOUNT = compiled(
    r"(?:\b(?:(?:bank )?account(?: number| no\.?| nr\.?)?|a/c|acc(?:oun)?t?\.? no\.?"
    r"|acct\.?(?: for \w+)?(?: \w{2,8})?"
    r"|sort(?: code)?|iban|kontonummer)\b"
    r"|银行账号|打款账号|账号|账户|退款账户|账户号|帐号|公账|对公|[工农建中招交]行|户头)"
    r"[^\n\d@]{0,16}(\d(?:[ -]?\d){5,24})(?![\d@])",
    re.IGNORECASE,
)


def iban_valid(text: str) -> bool:
    """Whether an account number's check digits are valid (ISO 13616)."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


class AccountRecognizer(SpanRecognizer):
    """Finds IBANs by their check digits or the word, and national numbers by the word."""

    kind = "account"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The numbers."""
        named = re.search(r"\biban\b|账号|account", text, re.IGNORECASE)
        for match in _IBAN.finditer(text):
            if iban_valid(match[0]) or (named and len(match[0]) > 15):
                yield match.span()
        yield from group_spans(_ACCOUNT, text)


_PHONE = compiled(
    r"(?<![\w#-])(?:\+|00|\()?\d(?:[ ()./-]{0,2}\d){6,14}(?:\s*(?:转|ext\.?"
    r"|x)\s*\d{1,5})?(?![\w-])",
    re.ASCII,
)
_SPACED_PHONE = compiled(r"(?<!\d)0(?:[ -]{1,3}\d){8,10}(?!\d)")
_DATED = compiled(
    r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d"
    r"|20\d\d[-/.]?\d\d[-/.]?\d{3,6}"
)
_DIGIT_WORD = r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SPOKEN = compiled(rf"\b{_DIGIT_WORD}(?:[\s,.-]+{_DIGIT_WORD}){{6,14}}\b", re.IGNORECASE)
_SPOKEN_CHINESE = compiled(r"[零〇一二三四五六七八九幺]{7,13}")
_NO_PHONE = compiled(
    r"(?:order|invoice|tracking|parcel|reference|ref|case|number of|ean|barcode|isbn|article"
    r"|订单|单号|运单|编号|条码|条形码|货号)[^\n\d]{0,14}$",
    re.IGNORECASE,
)
_PHONE_WORD = compiled(r"(?:phone|mobile|call|ring|text|whatsapp|电话|手机|联系)", re.IGNORECASE)


class PhoneNumberRecognizer(SpanRecognizer):
    """Finds phones in groups, spaced out, and in words; a bare run is more likely an order."""

    kind = "phone"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The numbers."""
        for match in _PHONE.finditer(text):
            found, before = match[0], text[: match.start()]
            grouped = found.startswith(("+", "0", "(")) or not found.isdigit()
            called = _PHONE_WORD.search(before[-20:]) is not None
            other = _DATED.fullmatch(found) or (_NO_PHONE.search(before) and not called)
            if not other and (grouped or len(found) >= 9 or called):
                yield match.span()
        for pattern in (_SPACED_PHONE, _SPOKEN, _SPOKEN_CHINESE):
            yield from group_spans(pattern, text)


_CHINESE_IDENTITY = compiled(
    r"(?<![\dA-Za-z])[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[\dOoXx]{3,4}"
    r"(?![\dA-Za-z])"
)
_FORMS = compiled(
    r"(?<![A-Za-z0-9_-])(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]"
    # National Insurance, above and below
    r"|[A-Z]{2}(?: ?\d\d){3} ?[A-D]"
    r"|\d{7}[A-WO][A-IW]?"  # Personal Public Service number
    r"|\d{8}[A-HJ-NP-TV-Z]|[XYZ]\d{7}[A-Z]"  # DNI, NIE
    r"|\d{3}-\d{2}-\d{4})(?![A-Za-z0-9_-])"  # Social Security
)
_IDENTITY_WORD = (
    r"(?:\b(?:passport|pass(?:port)? no|dni|nie|pps[n]?(?: number| no\.?|号码?)?|nino"
    r"|n\.?i\.?(?: number| no\.?|号)?|national insurance|pesel|ssn"
    r"|social security|id (?:card|number|no)|identity (?:card|number)|national id|driv(?:ing|er'?s)"
    r" licen[cs]e|personalausweis|tax id|vat id)\b|身份证号?码?|护照号?码?|通行证|证件号?码?"
    r"|驾照|居住证|签证)"
)
_NAMED_IDENTITY = compiled(
    rf"{_IDENTITY_WORD}[^\n\d]{{0,34}}?((?<![A-Za-z\d])[A-Z]{{0,6}}\d[\dA-Z-]{{5,19}}"
    rf"|\d(?:[ -]?[\dOo]){{6,18}}[Xx]?)",
    re.IGNORECASE,
)
_IDENTITY_AFTER = compiled(
    rf"(?<![A-Za-z0-9_-])([A-Z]{{0,3}}\d[\dA-Z]{{6,19}})(?=[^\n\d]{{0,6}}{_IDENTITY_WORD}"
    rf"|，?(?:我)?身份证)",
    re.IGNORECASE,
)


class IdentityRecognizer(SpanRecognizer):
    """Finds national numbers and passports; a Chinese one by its form, whatever its check digit."""

    kind = "identity"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The numbers."""
        for pattern in (_CHINESE_IDENTITY, _FORMS, _NAMED_IDENTITY, _IDENTITY_AFTER):
            yield from group_spans(pattern, text)
