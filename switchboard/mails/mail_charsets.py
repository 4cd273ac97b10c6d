"""The characters of an e-mail, in whatever set it says, or does not say, that they are.

Only sets that mail is written in are read: Python knows some whose reading takes hours.
"""

from __future__ import annotations

import codecs
import re

_UTF8, _CHINESE, _WESTERN = "utf-8", "gb18030", "cp1252"
_WIDER = {"gb2312": _CHINESE, "gbk": _CHINESE, "ascii": _UTF8, "iso8859-1": _WESTERN}
"""What is written under these names, in practice."""
_READ = re.compile(
    r"utf-?(?:7|8|8-sig|16|16-[bl]e|32|32-[bl]e)|gb18030|gbk|gb2312|hz|big5|big5hkscs|cp\d{3,4}"
    r"|iso8859-\d{1,2}|iso2022_(?:jp(?:_\w{1,4})?|kr)|shift_jis(?:_2004|x0213)?|euc_\w{2,11}|johab"
    r"|koi8-[rtu]|mac-\w{1,12}|tis-620|ascii"
)
_HAN = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
_FAULTS = 0.1
"""The share of a text that may be broken before another set is looked for."""


def read_bytes(written: bytes, named: str) -> str:
    """The text that somebody wrote under a name of a set of characters."""
    known = _known(named)
    if known != _UTF8:
        return written.decode(known, "replace")
    text = written.decode(_UTF8, "replace")
    beyond = sum(char > "\x7f" for char in text)
    if text.count("\ufffd") <= _FAULTS * max(len(text), 1) and beyond > 2 * text.count("\ufffd"):
        return text  # a character or two is broken
    return _guessed(written, text) if "\ufffd" in text else text


def _known(named: str) -> str:
    try:
        name = codecs.lookup(named.strip()[:40]).name
    except (LookupError, ValueError):
        return _UTF8
    return _WIDER.get(name, name) if _READ.fullmatch(name) else _UTF8


def _guessed(written: bytes, otherwise: str) -> str:
    """What is no UTF-8 is Chinese where it reads as nothing else but Chinese, or else western."""
    try:
        chinese = written.decode(_CHINESE)
    except ValueError:
        chinese = ""
    beyond = [char for char in chinese if char > "\x7f"]
    if beyond and len(_HAN.findall(chinese)) >= 0.95 * len(beyond) and _is_common(beyond):
        return chinese
    western = written.decode(_WESTERN, "replace")
    return western if "\ufffd" not in western else otherwise


def _is_common(letters: list[str]) -> bool:
    """Whether most are among the characters that people write: GB 2312 holds those, in the half of
    it that is ordered by their sound."""
    first = [char.encode(_CHINESE)[0] for char in letters if _HAN.match(char)]
    return sum(0xA1 <= byte <= 0xD7 for byte in first) >= 0.8 * len(first)
