"""What customers say they prefer: not to be called, a language, their size.

Few and sure: a sentence counts if it says nothing else. "Don't call me a liar" and "the size is
wrong" are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchboard.text.consent import normal_reply
from switchboard.text.language import has_han
from switchboard.text.sentences import sentences

CALLS, LANGUAGE, SIZE = "calls", "language", "size"
KINDS = (CALLS, LANGUAGE, SIZE)
MAX_CHARACTERS, MAX_SENTENCES = 400, 6

_POLITE = (
    r"(?:(?:hi|hello|hey|ok|okay|and|so|also|please|pls|plz|thanks|thank you|just|from now on"
    r"|again|any ?more|ever) )*"
)
_AFTER = (
    r"(?: (?:please|pls|plz|thanks|thank you|again|any ?more|ever|from now on|instead|at all"
    r"|just so you know|by the way|btw))*"
)
_INSTEAD = (
    r"(?: (?:just )?(?:write|text|message|e ?mail)(?: (?:to )?me)?(?: here)?(?: instead| please)?)?"
)
_NO_CALLS = (
    r"(?:(?:dont|do not|never) (?:call|ring|phone)(?: me)?|no (?:phone )?calls"
    r"|i (?:dont|do not) (?:want|like|wish) (?:to be (?:called|phoned|rung)|(?:phone )?calls)"
    r"|i(?: would|d)? prefer not to be (?:called|phoned|rung)|i would rather not be called"
    r"|id rather not be called)"
)
_CALLS_FINE = (
    r"(?:you (?:can|may) (?:call|ring|phone) me|(?:phone )?calls are (?:fine|ok|okay)"
    r"|(?:its|it is) (?:ok|okay|fine|all right) to (?:call|ring|phone) me)"
)
_TONGUE = r"(?P<tongue>chinese|mandarin|english)"
_SPEAK = r"(?:write|reply|answer|speak|talk|text|respond|chat|continue)"
_LANGUAGE = (
    rf"(?:(?:(?:can|could|would) (?:you|we) )?(?:please )?{_SPEAK}(?: to me| with me| me)?(?: in)?"
    rf" {_TONGUE}(?: (?:to|with) me)?"
    rf"|i(?: would|d)? prefer {_TONGUE.replace('tongue', 'tongue2')}"
    rf"|(?:in )?{_TONGUE.replace('tongue', 'tongue3')} please)"
)
_VALUE = r"(?P<size>(?:[2-6]?x{0,3}[sl]|m|[1-9]\d(?:[.,]5)?))"
_SIZE = (
    r"(?:my (?:shoe |clothes |clothing )?size is|i(?:m| am) (?:usually )?an? size"
    r"|i (?:usually )?(?:wear|take|have)(?: an?)? size|i (?:usually )?wear(?: an?)?)"
    rf" (?:an? )?(?:size )?{_VALUE}"
)
_ENGLISH = tuple(
    re.compile(rf"{_POLITE}{pattern}{after}{_AFTER}")
    for pattern, after in ((_NO_CALLS, _INSTEAD), (_CALLS_FINE, ""), (_LANGUAGE, ""), (_SIZE, ""))
)
_HAN_POLITE = r"(?:你好|您好|请|麻烦|以后|今后|千万|那|你们?|您|可以|能|帮忙|就)*"
_HAN_AFTER = r"(?:了|吧|谢谢|好吗|啊|哦|的)*"
_HAN_NO_CALLS = (
    r"(?:(?:别|不要|勿|请勿|不用|甭)再?(?:给我)?(?:打电话|来电|致电)(?:给我)?"
    r"|我?不(?:想|喜欢|愿意|方便)(?:接|听)?(?:到)?(?:你们的)?电话)"
)
_HAN_INSTEAD = r"(?:(?:发消息|发信息|发短信|写信|文字|打字)(?:给我|联系)?(?:就行|就好|即可|吧)?)?"
_HAN_CALLS_FINE = r"(?:可以|能)(?:再)?(?:给我打电话|打电话给我|致电)"
_HAN_TONGUE = r"(?P<tongue>中文|汉语|普通话|国语|英文|英语)"
_HAN_LANGUAGE = (
    rf"(?:(?:用|说|讲|写)|(?:跟|和|给|对)我(?:说|讲|用|写)|我(?:要|想用|想说|想要|习惯用)){_HAN_TONGUE}"
    r"(?:来)?(?:(?:和|跟|给|对)我)?(?:回复|回答|聊|说|沟通|交流|写|服务)?(?:我)?"
)
_HAN_NUMBER = r"三十[四五六七八九]|四十[一二三四五六七八]?"
_HAN_VALUE = rf"(?P<{{name}}>(?:[2-6]?x{{{{0,3}}}}[sl]|m|[1-9]\d|{_HAN_NUMBER}))"
_HAN_SIZE = (
    r"(?:(?:我(?:一般|平时)?穿|穿|我的(?:尺码|鞋码|衣服尺码|尺寸)是?)"
    rf"{_HAN_VALUE.format(name='size')}(?:码|号)?(?:的(?:鞋子?|衣服|裤子))?"
    rf"|我是{_HAN_VALUE.format(name='size2')}(?:码|号))"
)
_CHINESE = tuple(
    re.compile(rf"{polite}{pattern}{after}{_HAN_AFTER}")
    for polite, pattern, after in (
        (_HAN_POLITE, _HAN_NO_CALLS, _HAN_INSTEAD),
        (r"(?:你们?|您|也|以后)*", _HAN_CALLS_FINE, ""),
        (_HAN_POLITE, _HAN_LANGUAGE, ""),
        (_HAN_POLITE, _HAN_SIZE, ""),
    )
)
_TONGUES = {"english": "en", "英文": "en", "英语": "en"}
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True)
class Preference:
    """`kind` is one of `KINDS`; the values are `yes` and `no`, `en` and `zh`, or a size."""

    kind: str
    value: str


@dataclass(frozen=True)
class ReadPreferences:
    """What a message says of them; `alone`: and it says nothing else."""

    found: tuple[Preference, ...] = ()
    alone: bool = False


def read_preferences(text: str) -> ReadPreferences:
    """The preferences that whole sentences of a message say."""
    if len(text) > MAX_CHARACTERS:
        return ReadPreferences()
    parts = sentences(text)[:MAX_SENTENCES]
    whole = _read(text)
    read = [whole] if whole else [_read(part) for part in parts]
    found = tuple(preference for preference in read if preference is not None)
    return ReadPreferences(found, bool(found) and len(found) == len(read))


def _read(sentence: str) -> Preference | None:
    said = normal_reply(sentence).removesuffix(" ?").strip()
    han = has_han(said)
    if han:
        said = said.replace(" ", "")
    patterns = _CHINESE if han else _ENGLISH
    matches = [pattern.fullmatch(said) for pattern in patterns]
    no_calls, calls_fine, language, size = matches
    if no_calls or calls_fine:
        return Preference(CALLS, "no" if no_calls else "yes")
    if language:
        named = next(value for value in language.groups() if value)
        return Preference(LANGUAGE, _TONGUES.get(named, "zh"))
    if size:
        return Preference(SIZE, _size(next(value for value in size.groups() if value)))
    return None


def _size(named: str) -> str:
    if named[0] in "三四":  # tens and units, in words
        tens, _, units = named.partition("十")
        return str(_DIGITS[tens] * 10 + _DIGITS.get(units, 0))
    return named.upper()
