"""How much work a visit was for the customer: turns, and wishes that were told more than once.

- **turns**: what they wrote or pressed, answers to a survey left out;
- **repeats**: a wish told again in the same words, or, where words are gone, the same one twice in
  a row;
- **rephrasings**: a wish told again in other words, which is told by meaning.

A wish is compared with the ones before it that the bot had to serve: what is said to a person is
conversation. Two messages that name different orders tell two wishes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from switchboard.conversations.routes import Route
from switchboard.overview.visits import ALIKE, TurnSeen, asks, is_same_wish
from switchboard.text.normal import plain_text

SameWish = Callable[[str, str], bool]
"""Whether two texts tell one wish."""
BACK = 3
"""Wishes before it that a wish is compared with."""
_NUMBERS = re.compile(r"\d{3,}")


@dataclass(frozen=True)
class Effort:
    """The work of a visit. `rephrasings` is None where nothing can tell: the words are gone."""

    turns: int
    repeats: int = 0
    rephrasings: int | None = 0


def read_effort(
    part: Sequence[TurnSeen], texts: Sequence[str], same_wish: SameWish | None
) -> Effort:
    """The effort of a visit's turns with the words of each; empty words: a button, or not kept."""
    wishes = [at for at, turn in enumerate(part) if asks(part, at) and _to_the_bot(part, at)]
    told = [text for at in wishes for text in [texts[at]] if text]
    knows = same_wish is not None and (len(told) > 1 or len(wishes) < 2)
    repeats = rephrasings = 0
    for index, at in enumerate(wishes):
        earlier = wishes[max(0, index - BACK) : index]
        if any(_repeated(part, texts, one, at, one == wishes[index - 1]) for one in earlier):
            repeats += 1
        elif same_wish and any(is_rephrased(texts[one], texts[at], same_wish) for one in earlier):
            rephrasings += 1
    return Effort(len(part), repeats, rephrasings if knows else None)


def _to_the_bot(part: Sequence[TurnSeen], at: int) -> bool:
    """Whether no person has the conversation yet; the turn that goes to one still counts."""
    return at == 0 or not any(turn.route == Route.PERSON.value for turn in part[:at])


def _repeated(
    part: Sequence[TurnSeen], texts: Sequence[str], one: int, other: int, in_a_row: bool
) -> bool:
    first, second = (plain_text(texts[at]).lower() for at in (one, other))
    if first and second:
        if _numbers(first) != _numbers(second):
            return False
        return fuzz.token_sort_ratio(first, second) >= ALIKE
    return in_a_row and is_same_wish(part[one], part[other])


def is_rephrased(first: str, second: str, same_wish: SameWish) -> bool:
    """Whether the second of two messages tells the wish of the first anew."""
    if not (first and second):
        return False
    named = _numbers(first), _numbers(second)
    if all(named) and named[0] != named[1]:
        return False
    return same_wish(first, second)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_NUMBERS.findall(text))
