"""Numbers in words, in English and Chinese: the one list of them."""

from __future__ import annotations

import re
from functools import lru_cache

import cn2an

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
"""The words for 0 to 19 and for the tens."""
SCALES = {"hundred": 100, "thousand": 1000}
_ANY = "|".join([*ENGLISH, *SCALES])
ENGLISH_PATTERN = rf"\b(?:{_ANY})(?:[\s-]+(?:and\s+)?(?:{_ANY}))*\b"
"""A number in English words, as `a hundred and twenty` without its article."""
CHINESE = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
"""The characters for 0 to 10."""
CHINESE_COUNT_PATTERN = (
    "[零一二两三四五六七八九]?十[一二三四五六七八九]?"
    "|一(?![下点些样起边直定会共切旦并般时改换看想查问试])(?<![第统唯万])|[零二两三四五六七八九]"
)
"""A count from 0 to 99 in characters; 一 in words such as 一下 and 改一改 is no count."""


def english_number(words: str) -> int:
    """The value of what `ENGLISH_PATTERN` matched."""
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in ENGLISH:
            current += ENGLISH[word]
        elif word in SCALES:
            current = max(current, 1) * SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
    return total + current


@lru_cache(maxsize=256)
def chinese_number(numeral: str) -> float | int | None:
    """The value of a Chinese numeral of any size; None for what is none."""
    try:
        value: float | int = cn2an.cn2an(numeral.replace("两", "二"), "smart")
    except ValueError:
        return None
    return value
