"""The checks that a draft of a post passes: those of answers, and what posts get wrong besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from switchboard.answering.checks import DraftChecks, Grounds
from switchboard.answering.facts import visible
from switchboard.answering.offer import Offered
from switchboard.copywriting.post_lines import PostLines
from switchboard.copywriting.post_platforms import PostPlatform
from switchboard.copywriting.post_prices import PostPrices
from switchboard.copywriting.post_words import PostWords
from switchboard.copywriting.sale_facts import SaleFacts
from switchboard.errors import ModelWrong
from switchboard.knowledge.statements import Statement
from switchboard.text.dates import find_dates

_WEEKDAYS = (
    *("mon(?:day)?", "tue(?:s(?:day)?)?", "wed(?:nesday)?", "thu(?:r(?:s(?:day)?)?)?"),
    *("fri(?:day)?", "sat(?:urday)?", "sun(?:day)?"),
)
_WEEKDAY = [
    re.compile(rf"\b{name}s?\b|(?:周|星期|礼拜){'一二三四五六日'[n]}", re.IGNORECASE)
    for n, name in enumerate(_WEEKDAYS)
]
_HAN_SUNDAY = re.compile("(?:周|星期|礼拜)天")
_RELATIVE = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|(?:this|next) (?:week(?:end)?|month))\b"
    r"|今天|今晚|明天|后天|昨天|(?:本|这|下)(?:周|个?月|星期)(?!\w)",
    re.IGNORECASE,
)
_BARE_DATE = re.compile(
    r"(?<![\d.,/€$£¥])(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}[.-]\d{1,2}[.-]\d{2,4}"
    r"|\d{1,2}\.(?:0?[1-9]|1[0-2])\.(?!\d))(?![\d/])"
)
_CURRENCIES = {
    "EUR": r"€|\beuros?\b|\bEUR\b|欧元",
    "USD": r"\$|\bUSD\b|\bdollars?\b|\bcents?\b|美元|美金",
    "GBP": r"£|\bGBP\b|\bpounds?\b|\bpence\b|英镑",
    "CNY": r"¥|\bCNY\b|\bRMB\b|\byuan\b|人民币|(?<![欧美日韩])元(?!旦)|块钱?",
    "JPY": r"\bJPY\b|\byen\b|日元",
    "CHF": r"\bCHF\b|\bfrancs?\b|瑞郎|法郎",
}
_AMOUNT_CODE = re.compile(
    r"\b(AUD|CAD|NZD|HKD|SGD|TWD|KRW|INR|SEK|NOK|DKK|PLN|CZK|HUF|TRY|ZAR|BRL|MXN)\b"
)
_BOUND = re.compile(r"\bfrom\W{0,3}\d{1,3}\s?[%％]|\d\s?[%％]\s?起", re.IGNORECASE)
_PRAISE = re.compile(
    r"\b(?:best|biggest|lowest|cheapest|greatest|largest|unbeatable|unmatched|number one"
    r"|only (?:here|now)|never before|last chance|limited|while stocks? lasts?"
    r"|sold out|sells? out|selling fast"
    r"|award\w*|winning|certified|top.rated|best.?sell\w*|record|once in a|exclusive\w*|everyone"
    r"|customers? (?:love|say)|handmade|organic|sustainabl\w*|eco\w*|hurry|almost gone)\b"
    r"|最(?:低|大|好|优|强|佳|便宜|后)|第一|独家|限量|售完|抢光|热卖|爆款|获奖|认证|史上|绝无"
    r"|错过不再|手工|有机|环保",
    re.IGNORECASE,
)


class PostChecks:
    """Checks drafts of one post against its facts."""

    def __init__(self, facts: SaleFacts, lines: PostLines, checks: DraftChecks) -> None:
        self._facts, self._lines, self._checks = facts, lines, checks
        self._grounds = Grounds([Offered(Statement(text)) for text in lines.statements])
        currency = _CURRENCIES.get(facts.currency, facts.currency)
        self._prices = PostPrices(facts.products, lines.language, currency)
        wording = [*lines.wording, checks.shop_name]
        self._words = PostWords(wording, lines.neutral, lines.language)

    def check(self, draft: str, platform: PostPlatform) -> None:
        """Whether a draft may be shown as one.

        Raises:
            ModelWrong: it may not; the message says why, for the model and for a person.
        """
        length = platform.length(draft)
        if length > platform.most:
            raise ModelWrong(f"too long for {platform.name}: {length} of {platform.most}")
        if not draft.replace("\n", " ").isprintable():
            raise ModelWrong("it has characters that nobody sees")
        self._checks.check(draft, self._grounds, self._lines.language)
        said = visible(draft)
        self._check_days(said)
        self._check_currency(said)
        self._check_praise(said)
        self._check_complete(said)
        own = self._without_known(said)
        self._prices.check(own)
        self._check_words(own)

    def _check_days(self, draft: str) -> None:
        known = self._facts.days
        relative = _RELATIVE.search(draft) or _BARE_DATE.search(self._without_known(draft))
        if relative:
            raise ModelWrong(f"'{relative[0]}': write days as the facts do")
        weekdays = {number for number, name in enumerate(_WEEKDAY) if name.search(draft)}
        weekdays |= {6} if _HAN_SUNDAY.search(draft) else set()
        if weekdays - {day.weekday() for day in known}:
            raise ModelWrong("a day of the week that no day of the facts has")
        unknown = [day for day in _days_in(draft) if (day.month, day.day) not in _ends_of(known)]
        if unknown:
            raise ModelWrong("a day that is not in the facts")
        for number, weekday in _dated_weekdays(draft):
            if (number, weekday) not in {(day.day, day.weekday()) for day in known}:
                raise ModelWrong("a day has another day of the week")

    def _without_known(self, draft: str) -> str:
        """A draft without what the facts hold verbatim, in which anything may stand."""
        for text in (
            self._facts.link,
            self._facts.code,
            visible(self._lines.conditions),
            *(d.isoformat() for d in self._facts.days),
        ):
            draft = draft.replace(text, " ") if text else draft
        return draft

    def _check_words(self, draft: str) -> None:
        bound = _BOUND.search(draft)
        if bound:
            raise ModelWrong(f"'{bound[0]}': the discount is told as the lowest of several")
        unknown = self._words.unknown(draft)
        if unknown:
            raise ModelWrong(
                f"words that neither the facts nor the shop's list hold: {', '.join(unknown[:8])}"
            )

    def _check_currency(self, draft: str) -> None:
        others = [name for name in _CURRENCIES if name != self._facts.currency]
        foreign = [name for name in others if re.search(_CURRENCIES[name], draft, re.IGNORECASE)]
        coded = [c for c in _AMOUNT_CODE.findall(draft) if c != self._facts.currency]
        if foreign or coded:
            raise ModelWrong(f"another currency than {self._facts.currency}")

    def _check_praise(self, draft: str) -> None:
        held = " ".join(self._lines.statements).casefold()
        for praise in _PRAISE.finditer(draft):
            if praise[0].casefold() not in held:
                raise ModelWrong(f"'{praise[0]}' is not in the facts")

    def _check_complete(self, draft: str) -> None:
        named = [(day.month, day.day) for day in _days_in(draft)]
        ends = [(day.month, day.day) for day in self._facts.days]
        for what, day in (("start", self._facts.starts), ("end", self._facts.ends)):
            if day is not None and (day.month, day.day) not in named:
                raise ModelWrong(f"missing: the day of the {what}")
        if len(ends) == 2 and named.index(ends[0]) > named.index(ends[1]):
            raise ModelWrong("the end stands before the start")
        for what, text in (
            *(("code", self._facts.code), ("link", self._facts.link)),
            ("conditions", visible(self._lines.conditions)),
        ):
            if text not in draft:
                raise ModelWrong(f"missing: the {what}")


def _days_in(draft: str) -> list[date]:
    """The days of a draft; those without a year are taken for a year that has every day."""
    leap = date(2028, 12, 31)
    without_weekdays = re.sub(r"[（(]?(?:周|星期|礼拜)[一二三四五六日天][）)]?", " ", draft)
    return [found.day for found in find_dates(without_weekdays, leap)]


def _dated_weekdays(draft: str) -> Iterator[tuple[int, int]]:
    """The days of the month that stand beside a day of the week, with it."""
    for weekday, name in enumerate(_WEEKDAY):
        beside = (
            rf"(?:{name.pattern}),?\s+(?P<en>\d{{1,2}})\b|(?P<zh>\d{{1,2}})日\W?(?:{name.pattern})"
        )
        for found in re.finditer(beside, draft, re.IGNORECASE):
            yield int(found["en"] or found["zh"]), weekday


def _ends_of(days: Iterable[date]) -> set[tuple[int, int]]:
    return {(day.month, day.day) for day in days}
