"""How loud a message is, and what VADER's rules (Hutto and Gilbert, 2014) make of its English."""

from __future__ import annotations

import re
from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from switchboard.text.normal import MAX_CHARACTERS

TONES = 8
_MARKS = str.maketrans("！？", "!?")


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def tone(text: str) -> list[float]:
    """VADER's four scores, then capitals, exclamation and question marks, each 0 to 1."""
    text = text[:MAX_CHARACTERS].translate(_MARKS)
    scores = _vader().polarity_scores(text)
    letters = [char for char in text if char.isalpha()]
    capitals = sum(map(str.isupper, letters)) / len(letters) if len(letters) > 8 else 0.0
    return [
        scores["compound"],
        scores["neg"],
        scores["pos"],
        scores["neu"],
        capitals,
        min(text.count("!"), 4) / 4,
        min(text.count("?"), 4) / 4,
        1.0 if re.search(r"[!?]{2}", text) else 0.0,
    ]
