"""What classifiers see of a message. The stored message stays as the customer wrote it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

from switchboard.text.language import has_han
from switchboard.text.masks import mask
from switchboard.text.patterns import EMAIL

MAX_CHARACTERS = 1000
CLASSIFIED = 600
CLASSIFIED_CHINESE = 260
"""As much of a message as is classified in one piece: its beginning and its end."""
_DIGITS = re.compile(r"\d")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_SHOUTED = re.compile(r"([!?.。,，~…])\1{2,}")
_ADDRESS = re.compile(EMAIL)


@lru_cache(maxsize=1)
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified_chinese(text: str) -> str:
    """A text with its traditional characters made simplified."""
    return str(_simplified().convert(text)) if has_han(text) else text


def plain_text(text: str) -> str:
    """Bounded, full-width forms made narrow, traditional characters made simplified."""
    return simplified_chinese(unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]))


@lru_cache(maxsize=512)
def masked_text(text: str) -> str:
    """`plain_text` with every number, address, amount, day and link in one fixed form.

    Which order, which day and which address a customer means says nothing about the wish; see
    `switchboard.text.masks`. A text that is too long keeps its beginning and its end.
    """
    text = mask(plain_text(text).replace("’", "'"))
    most = CLASSIFIED_CHINESE if has_han(text) else CLASSIFIED
    return text if len(text) <= most else f"{text[: most * 2 // 3]} {text[-most // 3 :]}"


def normal_text(text: str) -> str:
    """`masked_text` in lower case, digits as 0, `sooo` as `soo`, `!!!!` as `!!`."""
    text = _ADDRESS.sub(" emailaddress ", masked_text(text).lower()).replace("#", " ")
    text = _SHOUTED.sub(r"\1\1", _STRETCHED.sub(r"\1\1", text))
    return _DIGITS.sub("0", text).strip()
