"""Dates of birth: dates near a word that says so. Other dates stay, an answer may need them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = compiled(
    rf"(?<!\d)\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?!\d)"
    rf"|\b{_ORDINAL}(?:\s+of)?\s+{_MONTH}(?:,?\s+(?:of\s+)?(?:'?\d\d|\d{{4}})\b)?"
    rf"|\b{_MONTH}\s+{_ORDINAL}(?:,?\s+\d{{4}})?\b"
    r"|(?:农历|阴历|阳历)?(?:(?:\d{2,4}"
    r"|[一二三四五六七八九〇零]{2,4})年)?(?:[\d一二三四五六七八九十]{1,3}|正|冬"
    r"|腊)月(?:初?[\d一二三四五六七八九十廿]{1,3}[日号]?)?"
    r"|(?:\d{2,4}|[一二三四五六七八九〇零]{2,4})年(?=出?生)|(?<!\d)(?:19|20)\d{6}(?!\d)"
    r"|(?<!\d)[01]\d[0-3]\d(?!\d)",
    re.IGNORECASE,
)
_BIRTH = compiled(
    r"\b(?:born(?: on| in)?|d\.?o\.?b\.?|date of birth|birth ?(?:day|date)|b-?day|birthdays"
    r"|geburtsdatum|turns? \w+(?: on)?|turning \w+)\b|生日|出生|诞辰|生于|大寿|(?<=\d)生"
    r"|生日礼",
    re.IGNORECASE,
)
_LONG_YEAR = r"(?:19[2-9]\d|200\d|201[0-2])"
_LONG_AGO = compiled(
    rf"(?<![\d-]){_LONG_YEAR}[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}日?(?!\d)"
    rf"|(?<![\d-])\d{{1,2}}[-/.]\d{{1,2}}[-/.]{_LONG_YEAR}(?!\d)"
    rf"|\b(?:the\s+)?{_ORDINAL}(?:\s+of)?\s+{_MONTH},?\s+{_LONG_YEAR}\b",
    re.IGNORECASE,
)
"""A date before the shop was there: nobody's order is of that day."""
_NEAR = 36
_NOT_BORN = compiled(r"order|deliver|before|arrive|voucher|订单|送到|之前|下单", re.IGNORECASE)


class BirthdayRecognizer(SpanRecognizer):
    """Finds dates that stand near a word of birth, or that nothing else is likely to be of."""

    kind = "birthday"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The nearest date to each word of birth, and dates of long ago."""
        yield from (match.span() for match in _LONG_AGO.finditer(text))
        words = [match.span() for match in _BIRTH.finditer(text)]
        dates = [match.span() for match in _DATE.finditer(text)]
        for start, end in words:
            near = [
                (gap, (first, last))
                for first, last in dates
                if (gap := max(first - end, start - last)) <= _NEAR
                and not _NOT_BORN.search(text[min(end, last) : max(start, first)])
            ]
            if near:
                yield min(near)[1]
