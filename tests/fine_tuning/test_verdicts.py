"""What is known of an answer: by a person's correction, a rating, a ticket, the next message."""

from dataclasses import replace

import pytest

from switchboard.collecting.sample import Sample
from switchboard.fine_tuning.verdicts import AnswerVerdict, Signal, judge

SAMPLE = Sample(
    talk=1,
    place=0,
    month="2025-11",
    channel="web",
    text="may I return a used towel?",
    language="en",
    typed=True,
    route="known",
    level="calm",
    reply="You may return goods within 30 days.",
    by="assistant",
    result="answered",
)
UPSET = replace(SAMPLE, level="angry")


@pytest.mark.parametrize(
    ("change", "following", "verdict", "signal"),
    [
        ({}, [], AnswerVerdict.UNKNOWN, Signal.NONE),
        ({"outcome": "solved"}, [], AnswerVerdict.GOOD, Signal.SOLVED),
        ({"outcome": "solved"}, [UPSET], AnswerVerdict.BAD, Signal.UPSET),
        ({"outcome": "unsure"}, [], AnswerVerdict.UNKNOWN, Signal.NONE),
        ({"outcome": "solved", "ticket": True}, [], AnswerVerdict.BAD, Signal.TICKET),
        ({"ticket": True, "rating": 5}, [], AnswerVerdict.GOOD, Signal.RATING),
        ({"outcome": "solved", "rating": 1}, [], AnswerVerdict.BAD, Signal.RATING),
        ({"rating": 3, "outcome": "solved"}, [], AnswerVerdict.GOOD, Signal.SOLVED),
        (
            {"rating": 5, "correction": "No, a used one cannot."},
            [],
            AnswerVerdict.BAD,
            Signal.CORRECTED,
        ),
        ({"by": "person"}, [], AnswerVerdict.GOOD, Signal.PERSON),
        ({"by": "person", "rating": 1}, [], AnswerVerdict.BAD, Signal.RATING),
        ({"route": "person", "outcome": "solved"}, [], AnswerVerdict.UNKNOWN, Signal.NONE),
        ({"result": "failed", "outcome": "solved"}, [], AnswerVerdict.UNKNOWN, Signal.NONE),
        ({"reply": "OK", "outcome": "solved"}, [], AnswerVerdict.UNKNOWN, Signal.NONE),
    ],
)
def test_what_is_known(change, following, verdict, signal):
    assert judge(replace(SAMPLE, **change), following) == (verdict, signal)
