"""How long a post on X is, by the rule that X publishes, and how one is cut to fit.

docs.x.com/fundamentals/counting-characters: 280 units; one for each character of the ranges below,
two for any other, two for an emoji however many characters make it, 23 for an address.
"""

from __future__ import annotations

import unicodedata

import regex

MOST = 280
ADDRESS = 23
_NARROW = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_PIECE = regex.compile(
    r"(?P<address>(?:https?://|(?<![\w@.])(?=[\w-]{1,63}\.))"
    r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.\p{L}{2,24}(?:[/?#][^\s<>\"]{0,2000})?)"
    r"|(?P<emoji>\p{Extended_Pictographic}[\p{EMod}\uFE0F]?(?:\u200D\p{Extended_Pictographic}"
    r"[\p{EMod}\uFE0F]?){0,8}|\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3)"
    r"|(?P<other>.)",
    regex.DOTALL,
)
_GOES_ON = "…"


def post_length(text: str) -> int:
    """The units of a text."""
    return sum(_weight(piece) for piece in _PIECE.finditer(_normal(text)))


def fit_post(text: str, most: int = MOST) -> str:
    """A text that takes at most `most` units: as it is, or cut after a whole piece with `…`."""
    normal = _normal(text).strip()
    if post_length(normal) <= most:
        return normal
    taken, end, space = 0, 0, 0
    for piece in _PIECE.finditer(normal):
        taken += _weight(piece)
        if taken > most - post_length(_GOES_ON):
            break
        end = piece.end()
        if normal[end : end + 1].isspace():
            space = end
    cut = space if space > end // 2 else end
    return normal[:cut].rstrip() + _GOES_ON


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _weight(piece: regex.Match[str]) -> int:
    if piece["address"]:
        return ADDRESS
    if piece["emoji"]:
        return 2
    code = ord(piece["other"])
    return 1 if any(first <= code <= last for first, last in _NARROW) else 2
