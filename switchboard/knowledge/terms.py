"""Content words of a text, and their rarity."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import snowballstemmer

from switchboard.knowledge.articles import Passage
from switchboard.text.normal import plain_text
from switchboard.text.words import split_words

_STOP = frozenset(
    """a about am an and any are as at be been but by can could did do does for from get had has
    have how i if in into is it its just me my no not of on or our so some than that the their them
    there these they this to us also it's i'm you're we're they're don't doesn't
    isn't aren't can't won't i've you've we've i'll you'll we'll was we what when where which who
    why will with would you your
    的 了 吗 呢 啊 吧 我 你 您 你们 我们 是 在 有 和 也 都 就 要 想 能 可以 会 请问 请 一下
    这个 那个 什么 怎么
    """.split()
)


def words(text: str) -> list[str]:
    """Stemmed content words of a text, in order."""
    return [_stem(word) for word in whole_words(text)]


def whole_words(text: str) -> list[str]:
    """Content words of a text as they were written, in lower case and in order."""
    split = (word.text for word in split_words(plain_text(text).lower()))
    return [word for word in split if word not in _STOP]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A new stemmer each time: stemmer objects hold state and are not thread-safe.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def passage_words(passage: Passage) -> list[str]:
    """All words by which a passage can be found."""
    return words(" ".join((*passage.keys[1:], passage.text)))


@lru_cache(maxsize=5000)
def telling_words(passage: Passage) -> frozenset[str]:
    """The words that tell what a passage is about: its own, and those of several of its questions.

    A word of one question may be chance: "is a throw a good present for a christening".
    """
    own = words(" ".join((passage.title, passage.heading, *passage.topics, passage.text)))
    asked = Counter(word for question in passage.questions for word in set(words(question)))
    return frozenset(own) | {word for word, times in asked.items() if times > 1}


class Rarity:
    """Inverse document frequencies as in BM25; unknown words weigh most."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        self.count = 0
        self.frequency: Counter[str] = Counter()
        for document in documents:
            self.count += 1
            self.frequency.update(set(document))

    def of(self, word: str) -> float:
        """The weight of one word."""
        seen = self.frequency[word]
        return math.log(1 + (self.count - seen + 0.5) / (seen + 0.5))

    def total(self, question: Sequence[str]) -> float:
        """The highest possible score for a question's words."""
        return sum(map(self.of, question))
