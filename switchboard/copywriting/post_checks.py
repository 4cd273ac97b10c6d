"""The checks that a draft of a post passes: those of answers, and what posts get wrong besides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from switchboard.answering.checks import DraftChecks, Grounds
from switchboard.answering.facts import visible
from switchboard.answering.offer import Offered
from switchboard.copywriting.post_lines import PostLines
from switchboard.copywriting.post_platforms import PostPlatform
from switchboard.copywriting.sale_facts import SaleFacts, SaleProduct
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
_AMOUNT = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?")
_AMOUNT_CODE = re.compile(
    r"\b(AUD|CAD|NZD|HKD|SGD|TWD|KRW|INR|SEK|NOK|DKK|PLN|CZK|HUF|TRY|ZAR|BRL|MXN)\b"
)
_BEFORE = r"(?:instead of|was|were|from|before|usually|原价|原来|原为|之前)[^\d\n]{0,12}"
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
        self._check_prices(said)
        self._check_complete(said)

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

    def _without_known(self, draft: str) -> str:
        """A draft without what the facts hold verbatim, in which anything may stand."""
        for text in (
            self._facts.link,
            self._facts.code,
            *(d.isoformat() for d in self._facts.days),
        ):
            draft = draft.replace(text, " ") if text else draft
        return draft

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

    def _check_prices(self, draft: str) -> None:
        """Whose price it is, and which of two is the one before: what a comparison of numbers does
        not tell."""
        language, products = self._lines.language, self._facts.products
        told = {price for product in products for price in _prices(product)}
        for sentence in re.split(r"[\n;；。]|\.\s", draft):
            for clause in re.split(r"[,，]\s?", sentence):
                names = [p for p in products if p.name[language].casefold() in clause.casefold()]
                own = {price for product in names for price in _prices(product)}
                if names and (_amounts(clause) & told) - own:
                    raise ModelWrong("a price of another product")
            for product in products:
                both = product.was is not None and set(_prices(product)) <= _amounts(sentence)
                before = f"{_BEFORE}{_written(product.was)}"
                if both and not re.search(before, sentence, re.IGNORECASE):
                    raise ModelWrong("the price before the sale is not told as that")

    def _check_complete(self, draft: str) -> None:
        named = _ends_of(_days_in(draft))
        for what, day in (("start", self._facts.starts), ("end", self._facts.ends)):
            if day is not None and (day.month, day.day) not in named:
                raise ModelWrong(f"missing: the day of the {what}")
        conditions = self._facts.conditions.get(self._lines.language, "")
        for what, text in (
            *(("code", self._facts.code), ("link", self._facts.link)),
            ("conditions", visible(conditions)),
        ):
            if text not in draft:
                raise ModelWrong(f"missing: the {what}")


def _prices(product: SaleProduct) -> list[str]:
    return [f"{price:.2f}" for price in (product.price, product.was) if price is not None]


def _amounts(text: str) -> set[str]:
    return {f"{float(amount.replace(',', '.')):.2f}" for amount in _AMOUNT.findall(text)}


def _written(amount: Decimal | None) -> str:
    """A pattern of an amount as it may be written."""
    whole, cents = f"{amount:.2f}".split(".")
    return rf"{whole}(?:[.,]{cents})?" if cents == "00" else rf"{whole}[.,]{cents}"


def _days_in(draft: str) -> list[date]:
    """The days of a draft; those without a year are taken for a year that has every day."""
    leap = date(2028, 12, 31)
    without_weekdays = re.sub(r"[（(]?(?:周|星期|礼拜)[一二三四五六日天][）)]?", " ", draft)
    return [found.day for found in find_dates(without_weekdays, leap)]


def _ends_of(days: Iterable[date]) -> set[tuple[int, int]]:
    return {(day.month, day.day) for day in days}
