"""The parts of a message that may each be a request: "cancel 4711 and where is 4712?"."""

from __future__ import annotations

import re

MAX_CHARACTERS = 300
MAX_CLAUSES = 4
_BREAK = re.compile(
    r"""
    (?<=[.!?;。！？；\n])\s*
    | [,，、]?\s*(?:\b(?:and\ then|and\ also|and|also|plus|then)\b)\s+
    | [,，、]?\s*(?:另外|还有|顺便|然后|并且|以及|同时|再帮我|也帮我)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CUE = re.compile(
    r"""\b(?:what|where|when|which|who|why|how|can|could|do|does|is|are|was|will|would|may|like|
    want|need|please|pls|cancel|track|return|refund|exchange|change|send|give|tell|help|show|stop|
    delete|check|status|add|remove|report|close|update|reset|issue)\b
    |取消|查|哪|怎么|怎样|如何|多少|多久|几|吗|呢|退|换|改|发票|能|可以|想|要|帮|请|什么|还没|到了|\d{4,}""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a request has in it: a cheap look, before a model is asked about each part."""
_ENOUGH = re.compile(r"[^\W\d_]{2}\W+[^\W\d_]{2}|[\u3400-\u9fff]{3}|\d{4}")


_SENTENCE = re.compile(
    r"(?<=[.!?])\s+|(?<=[。！？；;\n])|(?<=[\u4e00-\u9fff，,])\s+(?=[\u4e00-\u9fff])"
)
LONG = 90
MAX_SENTENCES = 8
MAX_SENTENCE = 200


def split_sentences(text: str) -> list[tuple[str, int]]:
    """(text, start) of the sentences that may hold a wish, of a message with several.

    Customers tell their story first and greet before it; a model that reads the whole sees neither
    well. At most eight are read, from the end, where the wish stands most often.
    """
    parts: list[tuple[str, int]] = []
    at = 0
    for found in [*_SENTENCE.finditer(text), None]:
        piece = text[at : found.start() if found else len(text)]
        stripped = piece.strip(" ,，、\t\r\n")
        if len(stripped) <= MAX_SENTENCE and _ENOUGH.search(stripped):
            parts.append((stripped, at + piece.index(stripped)))
        at = found.end() if found else at
    if len(parts) < 2:
        return []
    asking = [part for part in parts if _CUE.search(part[0])]
    return (asking or parts)[-MAX_SENTENCES:]


def split_clauses(text: str) -> list[tuple[str, int]]:
    """(text, start) of each part, if there are two at least; else nothing.

    A part has two words, three Chinese characters or a number, and a word that asks or orders.
    Whether the parts are requests of their own is for a classifier to say.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    parts: list[tuple[str, int]] = []
    at = 0
    for found in [*_BREAK.finditer(text), None]:
        piece = text[at : found.start() if found else len(text)]
        stripped = piece.strip(" ,，、\t\n")
        if _ENOUGH.search(stripped) and _CUE.search(stripped):
            parts.append((stripped, at + piece.index(stripped)))
        at = found.end() if found else at
    return parts if 2 <= len(parts) <= MAX_CLAUSES else []
