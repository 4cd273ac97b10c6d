"""The sentences of a text in English, Chinese or both."""

from __future__ import annotations

import re

_END = re.compile(r"[。！？]+[”’」』）)]*|(?<![.!?])[.!?]+[”’\"')]*(?=\s+[^a-z\s])|\n+")
_SHORT_FORM = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|approx|incl|excl|no|nr|st|mr|mrs|ms|dr|ltd|inc|vs)\.$", re.IGNORECASE
)


def sentences(text: str) -> list[str]:
    """The sentences, each with its mark at the end; a new line ends one too.

    A full stop in a number, an address or a short form ends none.
    """
    pieces, at = [], 0
    for match in _END.finditer(text):
        if not _SHORT_FORM.search(text, at, match.end()):
            pieces.append(text[at : match.end()].strip())
            at = match.end()
    pieces.append(text[at:].strip())
    return [piece for piece in pieces if any(char.isalnum() for char in piece)]
