"""The words of a message in Chinese, English or both, each at its exact place.

Chinese is cut by jieba's dictionary and hidden Markov model (in its Rust form); elsewhere a word
is what a reader would call one: order numbers, e-mails, links, handles, `don't`, and an emoji with
its modifiers stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex
import rjieba

from switchboard.text.language import HAN
from switchboard.text.patterns import EMAIL, LINK


@dataclass(frozen=True)
class Word:
    """`text` is the message's own, from `start` on."""

    text: str
    start: int


_SPAN = regex.compile(
    rf"""
    (?P<han>[{HAN}]+)
    | {LINK} (?<![.,;:!?)\]])                             # a link, without the sentence's own mark
    | {EMAIL}                                              # an e-mail
    | [@\#][A-Za-z0-9_]+                                   # a handle, a hashtag, #4711
    | (?:\p{{Extended_Pictographic}}|\p{{Regional_Indicator}})   # an emoji and what belongs to it
      (?:\p{{Regional_Indicator}}|\p{{Emoji_Modifier}}|\ufe0f|\u200d\p{{Extended_Pictographic}})*
    | \d+(?:[.,:]\d+)*%?                                   # a number, a time, an amount
      (?![^\W\d_{HAN}])
    | [^\W_{HAN}]+(?:['’\-][^\W_{HAN}]+)*                  # a word, also don't, A-123, e-mail
    """,
    regex.VERBOSE,
)


def split_words(text: str) -> list[Word]:
    """The words in their order; none overlap, and punctuation is none.

    `text[word.start : word.start + len(word.text)] == word.text` holds for each.
    """
    words: list[Word] = []
    for span in _SPAN.finditer(text):
        if span["han"]:
            at = span.start()
            for piece in rjieba.cut(span[0], True):
                words.append(Word(piece, at))
                at += len(piece)
        else:
            words.append(Word(span[0], span.start()))
    return words
