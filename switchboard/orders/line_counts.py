"""How many of a line a customer means: "one of the four mugs", "mugs x2", "just one of them"."""

from __future__ import annotations

import re

from switchboard.text.numbers import CHINESE_COUNT_PATTERN, ENGLISH, chinese_number

_ENGLISH = "|".join([word for word, value in ENGLISH.items() if 0 < value < 20])
_COUNT = rf"(?P<count>\d{{1,2}}|(?:{_ENGLISH})\b|{CHINESE_COUNT_PATTERN})"
_UNIT = "[个件只条块套张盏把支本盒瓶双]"
_BEFORE = re.compile(
    rf"(?<![^\W\u4e00-\u9fff])(?<![.,#第])(?:{_COUNT}(?: ?[x×]| pieces?| pcs)? ?{_UNIT}?(?: ?的)?)"
    r"(?: ?of)?(?: (?:the|my|those|these|our))?"
    r"(?: (?:\d{1,2}|(?:" + _ENGLISH + r")\b))?(?P<between>(?: ?[^\W\d]+){0,2} ?)$"
)
_NO_ADJECTIVE = re.compile(
    r"\b(?:and|or|plus|with|to|for|from|in|order|days?|weeks?|cm|mm|inch(?:es)?|l|ml|kg|g)\b|[和跟天周]"
)
_AFTER = re.compile(
    rf"^[\w]*\W{{0,3}}(?:[x×] ?(?P<x>\d{{1,2}})(?!\w)"
    rf"|(?:just|only|but only) {_COUNT}(?! ?(?:day|week|cm|inch))"
    rf"|(?:只|就)?(?:退|换|要|取消|寄回)?(?P<zh>\d{{1,2}}|{CHINESE_COUNT_PATTERN}){_UNIT})"
)
_OF_THEM = re.compile(
    rf"\b(?:just|only) {_COUNT}(?! ?(?:day|week|hour|minute|cm|inch|more|question|thing))"
)
_OF_THOSE = re.compile(rf"(?<![\w.,]){_COUNT} (?:of (?:them|those|these)|pieces?|pcs)\b")
_CHINESE_ALONE = re.compile(
    rf"(?:只|就)(?:退|换|要|取消|寄回)?{_COUNT}{_UNIT}|(?:其中|里面)的?(?P<zh>[一二两三四五六七八九]|\d)"
)


def count_beside(text: str, start: int, end: int, most: int) -> int | None:
    """The count that stands beside a line's name, which is `text[start:end]`; None for none, or one
    that the line of `most` pieces cannot have. `text` is in lower case."""
    before = _BEFORE.search(text[max(0, start - 60) : start])
    if before and not _NO_ADJECTIVE.search(before["between"]):
        return _within(before["count"], most)
    after = _AFTER.search(text[end : end + 40])
    return _within(after["x"] or after["count"] or after["zh"], most) if after else None


def count_alone(text: str, most: int) -> int | None:
    """The count in a text that names no line: "only one of them"."""
    found = _OF_THOSE.search(text) or _OF_THEM.search(text)
    if found:
        return _within(found["count"], most)
    found = _CHINESE_ALONE.search(text)
    return _within(found["count"] or found["zh"], most) if found else None


def _within(word: str, most: int) -> int | None:
    count = int(word) if word.isdigit() else ENGLISH.get(word) or int(chinese_number(word) or 0)
    return count if 0 < count <= most else None
