"""How many: a total, or so many more or fewer than there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchboard.text.numbers import CHINESE_COUNT_PATTERN, ENGLISH, chinese_number

MOST = 99
_WORDS = {**ENGLISH, "none": 0, "a": 1, "an": 1, "single": 1, "both": 2, "dozen": 12, "couple": 2}
_UNIT = "[个件只条块套张盏把各]?"
_CHINESE_COUNT = re.compile(f"({CHINESE_COUNT_PATTERN}){_UNIT}")
_DIGITS = re.compile(r"(?<![\d.,])\d{1,2}(?![\d.,]*\d)")
_NO_MORE_OF_IT = re.compile(
    r"\b(?:remove|take (?:\w+ ){0,4}?(?:out|off)|drop|delete|no longer (?:want|need)"
    r"|get rid of|leave (?:\w+ ){0,4}?out|(?:don'?t|do not) (?:want|need)|canc(?:el|l|le)\w*)\b"
    r"|不要(?![弄改动换搞办做再给帮])了?|[去删拿减撤划剔踢]掉|踢出去|删|取消|不用[发寄]|不需要",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    rf"(?P<more>\w+)\s?(?:more|extra|additional)\b|\banother(?: (?P<another>\w+))?\b"
    rf"|(?P<fewer>\w+)\s?(?:less|fewer)\b"
    rf"|(?:再(?:加|来|要|多)?|多(?:加|要|来|买)?|加)(?P<zh>\d{{1,2}}|[一二两三四五]){_UNIT}"
    rf"|(?:少|减)(?:要|来|掉)?(?P<zhfewer>\d{{1,2}}|[一二两三四五]){_UNIT}",
    re.IGNORECASE,
)
_TAKE_OFF = re.compile(
    r"\b(?:remove|take (?:off|out|away)|drop|minus) (?:just |only )?(?P<count>one|two|three"
    r"|four|\d{1,2})\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:\b(?:to|want|need|have|make (?:it|that|them)|only|just|be|total of|get|into)\s+"
    r"|改成|改为|改|要|换成|变成|(?:一共|总共)(?:是|有|要)?|只要|变)"
    rf"\s?(?P<count>\d{{1,2}}(?![\d.,]*\d)|(?:{'|'.join(_WORDS.keys() - {'a', 'an'})})\b"
    rf"|{CHINESE_COUNT_PATTERN})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """A number of pieces; `relative` ones are so many more, or fewer if negative."""

    count: int
    relative: bool = False

    def of(self, there: int) -> int:
        """How many that is in all, where there are `there`."""
        return min(max(there + self.count, 0), MOST) if self.relative else self.count


def read_quantity(text: str) -> Quantity | None:
    """What an answer to "how many?" says; None if it names no number, or several."""
    said = text[:200]
    relative = _relative(said)
    if relative is not None:
        return relative
    found = {int(digits) for digits in _DIGITS.findall(said)}
    named = {_WORDS[w] for w in re.findall(r"[a-z]+", said.lower()) if w in _WORDS}
    named |= {int(chinese_number(m[1]) or 0) for m in _CHINESE_COUNT.finditer(said)}
    total = _TOTAL.search(said)
    if len(found) != 1 and total is not None:  # "two for us, one for her, I get to 3"
        found = {_count(total["count"]) or 0}
    if not found and named and not named - {1} and re.search(r"\b(?:a|an)\b", said.lower()):
        # "a glass carafe instead" counts nothing.
        named = named if re.search(r"\b(?:one|single)\b|[一1]", said.lower()) else set()
    counts = found or named
    if len(counts) == 1:
        return Quantity(counts.pop())
    return Quantity(0) if not counts and _NO_MORE_OF_IT.search(said) else None


def find_quantity(text: str) -> str | None:
    """The part of a wish that says how many: "make it 3", "one more", "take it out" as "0"."""
    said = text[:200]
    relative = _RELATIVE.search(said)
    if relative is not None and _relative(said) is not None:
        return relative[0]
    taken_off = _TAKE_OFF.search(said)
    if taken_off is not None and _count(taken_off["count"]) is not None:
        return f"{taken_off['count']} fewer"
    total = _TOTAL.search(said)
    removed = _NO_MORE_OF_IT.search(said)
    if total is not None and (removed is None or total.start() > removed.end()):
        return total["count"]
    if removed is not None:
        return "0"
    alone = _DIGITS.findall(said)
    return str(alone[0]) if len(alone) == 1 else None


def _relative(said: str) -> Quantity | None:
    match = _RELATIVE.search(said)
    if match is None:
        return None
    word = match["more"] or match["zh"] or match["fewer"] or match["zhfewer"]
    if word is None:  # another
        count: int | None = _count(match["another"] or "") or 1
    else:
        count = _count(word)
    if count is None:
        return None
    return Quantity(-count if match["fewer"] or match["zhfewer"] else count, relative=True)


def _count(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    found = chinese_number(word) if word else None
    return None if found is None else int(found)
