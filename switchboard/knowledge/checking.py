"""Checks articles: whether each of their statements can be said alone.

An answer is made of single statements. One that begins with "it", or an item of a list without its
head, tells nothing, or something else, without the sentence before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement
from switchboard.knowledge.terms import words
from switchboard.text.language import CHINESE

MAX_CHARACTERS = {"en": 320, CHINESE: 140}
_POINTERS = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|theirs|there|such|so|both|neither|either|"
    r"one|ones|others?"
    r"|the (?:latter|former|rest|first|second|third|last|other|old|new)(?: one)?)\b",
    re.IGNORECASE,
)
_POINTING_BACK = re.compile(
    r"\b(?:until|before|after|by|since|from) (?:then|that|this)\b"
    r"|\bin (?:this|that|such) (?:a )?case\b"
    r"|\b(?:as|see) (?:above|before|below|said)\b|\bthe same goes\b",
    re.IGNORECASE,
)
_LINKING = re.compile(
    r"^(?:and|but|or|then|also|otherwise|if so|if not|however|therefore|later|afterwards|after that"
    r"|instead|besides|the same|likewise|nor|only then)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"^(?:there (?:is|are|was|were|can|may|will|has|have)\b"
    r"|it (?:is|was) (?:possible|necessary|best|enough|not possible|not necessary|us who|up to)\b)",
    re.IGNORECASE,
)
_HAN_POINTERS = re.compile(
    r"^(?:它|他们|她们|这|那|其|此|该|届时|期间|之后|之前|此后|此前|否则|其余|其他|另外|同样|也|都|还|则|"
    r"但|但是|不过|而且|并且|所以|因此|然后|过期|到期|逾期|第[一二三]次|旧的|新的|前者|后者|两者)"
    r"|在(?:那|这|此)之[前后]|其中(?:一|的)|(?<!在)(?<!与)(?<!和)它们?(?!们)"
)
_WITHOUT_SUBJECT = re.compile(r"^(?:需要|可以|能|会|费用|免费|只能|不能|要|有|没有|是|不是)")
_YOU = re.compile(r"您|我们")


@dataclass(frozen=True)
class WeakStatement:
    """A statement that does not stand alone: why, and what would mend it."""

    passage: Passage
    statement: Statement
    why: str
    advice: str


def check_passages(passages: Iterable[Passage]) -> Iterator[WeakStatement]:
    """The findings, in the order of the statements."""
    for passage in passages:
        for statement in passage.statements:
            for text in (statement.text, *(text for _, text in statement.forms)):
                found = _check(text, statement, passage)
                if found is not None:
                    yield WeakStatement(passage, Statement(text), *found)
                    break


def _check(text: str, statement: Statement, passage: Passage) -> tuple[str, str] | None:
    about = passage.heading or passage.title
    if text.rstrip().endswith((":", "：")):
        return "it announces what follows", "say in it what follows"
    if len(text) > MAX_CHARACTERS.get(passage.language, MAX_CHARACTERS["en"]):
        return "it is long", "say it in two statements, or give it a `short` form"
    if statement.listed and len(words(text)) < _ITEM_WORDS:
        return (
            "an item of a list that has lost its head",
            f"write a whole sentence: what is “{text}” in “{about}”?",
        )
    pointer = _chinese(text) if passage.language == CHINESE else _english(text)
    if pointer is None:
        return None
    return f"“{pointer}” points to another sentence", f"name it; the section is about “{about}”"


_ITEM_WORDS = 4
_NAMED_WORDS = 2
"""Content words before a pronoun, from which on it can point to something in its own sentence."""


def _english(text: str) -> str | None:
    """The words that lean on another sentence; None if there are none.

    A pronoun may point to what its own sentence has named before.
    """
    start = re.sub(r"^\W*(?:yes|no|sorry|of course)\b\W*", "", text, flags=re.IGNORECASE)
    linking = _LINKING.search(start)
    if linking:
        return linking[0]
    back = _POINTING_BACK.search(start)
    if back and len(words(start[: back.start()])) < _NAMED_WORDS:
        return back[0]
    if _EXPLETIVE.search(start):
        return None
    pointer = _POINTERS.search(start)
    if pointer and len(words(start[: pointer.start()])) < _NAMED_WORDS:
        return pointer[0]
    return None


def _chinese(text: str) -> str | None:
    start = re.sub(r"^(?:是的?|可以|不行|不可以|抱歉|不是|没有|不能)[，,。！]\s*", "", text)
    pointer = _HAN_POINTERS.search(start)
    if pointer:
        return pointer[0]
    bare = _WITHOUT_SUBJECT.search(start)
    if bare and not _YOU.search(start) and len(words(start)) < _ITEM_WORDS:
        return bare[0]
    return None
