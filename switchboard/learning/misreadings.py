"""Messages that were read as something else than they meant, as their customers show by what they
do next.

A message is misread if its customer, within `SOON` seconds and a few messages,

- **chose** something else when asked "did you mean … or …?";
- **said it again** in other words of the same wish, which were read as another wish and served;
- **left** the flow that it began for another one, in words of the same wish.

The last two tell nothing of a message that was surely read.

What a person at the desk **corrects** needs no such sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from switchboard.conversations.turn_result import Result
from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    OPEN_INTENT,
    PERSON_INTENT,
    RATING_INTENT,
    SMALL_TALK,
    UNCLEAR_INTENT,
    UPSET_INTENT,
    WORDLESS,
)
from switchboard.learning.heard_messages import HeardMessage
from switchboard.overview.effort import SameWish, is_rephrased

SOON = 600.0
"""Seconds within which a customer says it again."""
FURTHER = 3
"""Messages after it that are looked at."""
SURE = 0.95
"""From this probability on a reading as a wish is taken to be right: who then asks for something
else has two wishes. Nine of ten misread messages lie below it, one of fourteen read right."""
ALIKE_MISREAD = 0.25
"""The likeness, by wish, from which what a customer writes next says the same again. Lower than
`SAME_WISH`: words that are misread lie far from those that are not (docs/learning/loop.md)."""
_NO_WISH = SMALL_TALK | WORDLESS | {OPEN_INTENT, UNCLEAR_INTENT, PERSON_INTENT, UPSET_INTENT, ""}
_SERVED = (Result.ANSWERED, Result.ASKING)


class Sign(str, Enum):
    """How it shows that a message was misread."""

    CHOSEN = "chosen"
    SAID_AGAIN = "said again"
    LEFT = "left"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Misreading:
    """A message with what it was read as and what it meant; `shown_by`: the words that tell."""

    message: HeardMessage
    meant: str
    sign: Sign
    shown_by: str


def is_wish(intent: str) -> bool:
    """Whether an intent is one that customers' words can be examples of, and that asks for
    something. Grave ones are left to people: nobody should teach them by a habit."""
    return intent not in _NO_WISH and intent not in CAREFUL_INTENTS


def find_misreadings(
    heard: Sequence[HeardMessage], same_wish: SameWish | None
) -> Iterator[Misreading]:
    """The misread messages of one conversation; without `same_wish`, only what was chosen."""
    for place, message in enumerate(heard):
        if message.pressed or not _teaches(message):
            continue
        later = [
            one for one in heard[place + 1 : place + 1 + FURTHER] if one.at - message.at <= SOON
        ]
        found = _chosen(message, later)
        if found is None and same_wish:
            found = _said_again(message, later, same_wish)
        if found is not None:
            yield found


def _teaches(message: HeardMessage) -> bool:
    """Whether its words can be an example: no bare number, no single letter."""
    letters = sum(letter.isalpha() for letter in message.text)
    return letters >= 2 and message.intent != PERSON_INTENT


def _chosen(message: HeardMessage, later: Sequence[HeardMessage]) -> Misreading | None:
    if message.intent != UNCLEAR_INTENT or not later:
        return None
    answer = later[0]
    if answer.intent not in message.offered or not is_wish(answer.intent):
        return None
    return Misreading(message, answer.intent, Sign.CHOSEN, answer.text)


def _said_again(
    message: HeardMessage, later: Sequence[HeardMessage], same_wish: SameWish
) -> Misreading | None:
    if is_wish(message.intent) and message.confidence >= SURE:
        return None
    for again in later:
        if again.intent == RATING_INTENT:
            return None  # what comes then is a comment, and read as a review
        if again.pressed or not is_wish(again.intent) or again.intent == message.intent:
            continue
        if again.result not in _SERVED or again.text == message.text:
            continue
        if not is_rephrased(message.text, again.text, same_wish):
            continue
        began = bool(message.form) and message.form != again.form
        return Misreading(
            message, again.intent, Sign.LEFT if began else Sign.SAID_AGAIN, again.text
        )
    return None
