"""Whether an answer is worth learning from, by what is known of its end."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from switchboard.collecting.sample import PERSON, Sample
from switchboard.conversations.moods import Level
from switchboard.conversations.routes import Route
from switchboard.conversations.turn_result import Result
from switchboard.overview.visits import Outcome

GOOD_RATING, BAD_RATING = 4, 2
"""From, and up to which of 1 to 5."""
LEAST = 12
"""Characters of an answer that says something."""
_UPSET = (Level.ANGRY.value, Level.DISPLEASED.value)


class AnswerVerdict(str, Enum):
    """What is known of an answer."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class Signal(str, Enum):
    """By what it is known."""

    CORRECTED = "a person answered it otherwise"
    TICKET = "a ticket followed"
    RATING = "the customer's rating"
    PERSON = "a person's answer"
    SOLVED = "the visit was solved"
    UPSET = "the customer was upset next"
    NONE = ""


def judge(sample: Sample, following: Sequence[Sample] = ()) -> tuple[AnswerVerdict, Signal]:
    """The verdict on a sample's answer, by the strongest signal: a person's correction, a rating, a
    ticket, an upset message right after it. A solved visit is good, as far as nothing speaks
    against it. `following`: the later messages of the conversation."""
    if len(sample.reply) < LEAST or sample.result == Result.FAILED.value:
        return AnswerVerdict.UNKNOWN, Signal.NONE
    if sample.by == PERSON:
        bad = sample.rating is not None and sample.rating <= BAD_RATING
        return (AnswerVerdict.BAD, Signal.RATING) if bad else (AnswerVerdict.GOOD, Signal.PERSON)
    if sample.route == Route.PERSON.value:  # what announces a person is no answer
        return AnswerVerdict.UNKNOWN, Signal.NONE
    if sample.correction and len(sample.correction) >= LEAST:
        return AnswerVerdict.BAD, Signal.CORRECTED
    if sample.rating is not None and (sample.rating <= BAD_RATING or sample.rating >= GOOD_RATING):
        good = sample.rating >= GOOD_RATING
        return (AnswerVerdict.GOOD if good else AnswerVerdict.BAD), Signal.RATING
    if sample.ticket:
        return AnswerVerdict.BAD, Signal.TICKET
    if following and following[0].level in _UPSET:
        return AnswerVerdict.BAD, Signal.UPSET
    if sample.outcome == Outcome.SOLVED.value:
        return AnswerVerdict.GOOD, Signal.SOLVED
    return AnswerVerdict.UNKNOWN, Signal.NONE
