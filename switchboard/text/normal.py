"""What classifiers see of a message. The stored message stays as the customer wrote it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

from switchboard.text.language import has_han
from switchboard.text.patterns import EMAIL, LINK

MAX_CHARACTERS = 1000
_DIGITS = re.compile(r"\d")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_SHOUTED = re.compile(r"([!?.。,，~…])\1{2,}")
_ADDRESS = re.compile(EMAIL)
_LINK = re.compile(LINK)
_HANDLE = re.compile(r"@\w{1,50}", re.ASCII)


@lru_cache(maxsize=1)
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def plain_text(text: str) -> str:
    """Bounded, full-width forms made narrow, traditional characters made simplified."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    return str(_simplified().convert(text)) if has_han(text) else text


def normal_text(text: str) -> str:
    """`plain_text` in lower case, digits as 0, `sooo` as `soo`, `!!!!` as `!!`.

    Addresses, links and handles each become one word; a hashtag its own.
    """
    text = plain_text(text).replace("’", "'").lower()
    text = _LINK.sub(" link ", _ADDRESS.sub(" emailaddress ", text))
    text = _HANDLE.sub(" handle ", text).replace("#", " ")
    text = _SHOUTED.sub(r"\1\1", _STRETCHED.sub(r"\1\1", text))
    return _DIGITS.sub("0", text).strip()
