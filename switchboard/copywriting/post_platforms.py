"""How long a post may be on each platform, and how each counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；）)]+", re.IGNORECASE)
_BARE_LINK = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b(?:/[^\s，。；）)]*)?", re.IGNORECASE
)
X_LINK = 23
"""Any link on X: it is replaced by a short one of this length."""
_SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Ranges of X's published configuration (twitter-text, version 3) that count one; others two."""


@dataclass(frozen=True)
class PostPlatform:
    """A platform: the most that a post may come to, and how its length is counted."""

    name: str
    most: int
    length: Callable[[str], int]


def x_length(text: str) -> int:
    """The weighted length of a post on X, or more, never less: emoji of several signs count as all
    of them here, and "shop.example" as a link, which it is on X for the ends that are in use."""
    text = unicodedata.normalize("NFC", text)
    links = len(_LINK.findall(text))
    rest = _LINK.sub("", text)
    bare = [found[0] for found in _BARE_LINK.finditer(rest)]
    more = sum(max(X_LINK - len(found), 0) for found in bare)
    return X_LINK * links + more + sum(1 if _is_single(ord(char)) else 2 for char in rest)


def _is_single(code: int) -> bool:
    return any(first <= code <= last for first, last in _SINGLE)


PLATFORMS = {
    platform.name: platform
    for platform in (
        PostPlatform("facebook", 63_206, len),
        PostPlatform("instagram", 2_200, len),
        PostPlatform("telegram", 4_096, len),
        PostPlatform("wechat", 600, len),
        PostPlatform("x", 280, x_length),
    )
}
"""WeChat: a text message to all followers of an official account."""
