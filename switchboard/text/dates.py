"""Dates in a message, in English and Chinese, as ISO days.

English expressions and Chinese ones relative to today are resolved by dateparser; what it does
not read in Chinese (`11月5日`, `上周五`, `三天前`) is here. A day without a year or week is taken
for the one that is just past: customers mostly speak of what has happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from dateparser.date import DateDataParser

from switchboard.text.numbers import CHINESE, ENGLISH

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_COUNT = rf"(?:\d{{1,2}}|an?|{'|'.join(ENGLISH)})"
_ENGLISH = re.compile(
    rf"""(?<![A-Za-z0-9])(?:
        \d{{4}}-\d{{2}}-\d{{2}}
        | \d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}
        | \d{{1,2}}(?:st|nd|rd|th)?(?:\ of)?\ (?:{_MONTHS})(?:,?\ \d{{4}})?
        | (?:{_MONTHS})\ \d{{1,2}}(?:st|nd|rd|th)?(?:,?\ \d{{4}})?
        | today | yesterday | tomorrow
        | (?:last|next|this)\ (?:week|month|{_DAYS})
        | on\ (?:{_DAYS})
        | {_COUNT}\ (?:days?|weeks?)\ ago
    )(?![A-Za-z0-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMERAL = "[0-9]{1,2}|[一二两三四五六七八九十]"
_CHINESE = re.compile(
    rf"""(?:
        (?P<absolute>(?:(?P<year>20\d\d)年)?(?P<month>[0-9]{{1,2}})月(?P<day>[0-9]{{1,2}})[日号]?)
        | (?P<ago>(?P<count>{_NUMERAL})(?P<unit>天|周|个星期)前)
        | (?P<week>(?P<which>上上?个?|下下?个?|这个?|本)?(?:周|星期|礼拜)
          (?P<weekday>[一二三四五六日天]))
        | (?P<relative>大前天|前天|昨天|今天|明天|后天)
    )""",
    re.VERBOSE,
)
_RELATIVE = {"大前天": -3, "前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2}
_SETTINGS = {"PREFER_DATES_FROM": "past", "DATE_ORDER": "DMY"}


@dataclass(frozen=True)
class FoundDate:
    """A stretch of text that means a day."""

    start: int
    end: int
    day: date


def find_dates(text: str, today: date) -> Iterator[FoundDate]:
    """The dates in a text, seen from `today`; impossible ones (`31.02.`) are none."""
    base = datetime(today.year, today.month, today.day)
    for match in _ENGLISH.finditer(text):
        day = _english_day(re.sub(r"(?i)^on ", "", match[0]), base)
        if day is not None:
            yield FoundDate(match.start(), match.end(), day)
    for match in _CHINESE.finditer(text):
        day = _chinese_day(match, today)
        if day is not None:
            yield FoundDate(match.start(), match.end(), day)


def _english_day(words: str, base: datetime) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        found = _parser(base).get_date_data(words).date_obj
        return found.date() if found is not None else None


@lru_cache(maxsize=2)
def _parser(base: datetime) -> DateDataParser:
    return DateDataParser(languages=["en"], settings={**_SETTINGS, "RELATIVE_BASE": base})


def _chinese_day(match: re.Match[str], today: date) -> date | None:
    kinds: dict[str, Callable[[re.Match[str], date], date | None]] = {
        "absolute": _absolute,
        "ago": _ago,
        "week": _weekday,
    }
    for kind, read in kinds.items():
        if match[kind]:
            return read(match, today)
    return today + timedelta(days=_RELATIVE[match["relative"]])


def _absolute(match: re.Match[str], today: date) -> date | None:
    try:
        day = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
        if match["year"] is None and day > today:
            day = day.replace(year=day.year - 1)
    except ValueError:
        return None
    return day


def _ago(match: re.Match[str], today: date) -> date:
    count = match["count"]
    number = int(count) if count.isdigit() else CHINESE[count]
    return today - timedelta(days=number * (1 if match["unit"] == "天" else 7))


def _weekday(match: re.Match[str], today: date) -> date:
    weekday = "一二三四五六日".index(match["weekday"].replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    which = match["which"] or ""
    if which:
        weeks = which.count("下") - which.count("上")
        return monday + timedelta(days=weekday, weeks=weeks)
    day = monday + timedelta(days=weekday)
    return day if day <= today else day - timedelta(weeks=1)
