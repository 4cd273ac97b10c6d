"""A score and its reasons, against cases that were worked out by hand."""

import pytest

from switchboard.conversations.routes import Route
from switchboard.overview.effort import Effort
from switchboard.overview.mood_course import MoodCourse, read_mood
from switchboard.overview.visit_score import (
    PersonsPart,
    VisitScore,
    read_reasons,
    score_visit,
)
from switchboard.overview.visits import Outcome, TurnSeen, Visit, Why

HOUR = 3600.0
CALM = MoodCourse("calm", "calm", "calm")


def visit(outcome=Outcome.SOLVED, why=Why.NONE):
    return Visit(0.0, 60.0, "rest", Route.KNOWN, outcome, why)


PERSON = visit(Outcome.PERSON)
CASES = {
    "served at once": (visit(), Effort(1), CALM, None, 100, "solved", ""),
    "a greeting": (visit(Outcome.NOTHING), Effort(1), CALM, None, 100, "nothing wanted", ""),
    "no answer": (
        *(visit(Outcome.UNSURE, Why.NO_ANSWER), Effort(1), CALM, None),
        *(60, "not solved", "no answer:-40"),
    ),
    "left": (
        *(visit(Outcome.UNSURE, Why.LEFT), Effort(2), CALM, None),
        *(75, "doubtful", "left in the middle:-25"),
    ),
    "came again, said twice, in other words": (
        *(visit(Outcome.UNSURE, Why.AGAIN), Effort(4, 1, 2), CALM, None),
        *(60, "doubtful", "came again:-20,said again:-8,said in other words:-12"),
    ),
    "long": (visit(), Effort(10), CALM, None, 92, "solved", "many messages:-8"),
    "endless": (visit(), Effort(99, 9, 9), CALM, None, 38, "solved", None),
    "displeased at the end": (
        *(visit(Outcome.UNSURE, Why.DISPLEASED), Effort(2)),
        *(MoodCourse("calm", "displeased", "displeased"), None),
        *(50, "doubtful", None),
    ),
    "angry, and glad in the end": (
        *(PERSON, Effort(3), MoodCourse("angry", "angry", "glad"), PersonsPart(60.0, True)),
        *(100, "solved", "a person was needed:-5,glad at last:10,mood became better:5"),
    ),
    "answered, not closed": (
        *(PERSON, Effort(1), CALM, PersonsPart(60.0, False)),
        *(95, "open", "a person was needed:-5"),
    ),
    "answered after hours": (
        PERSON,
        Effort(1),
        CALM,
        PersonsPart(2 * HOUR, True),
        85,
        "solved",
        None,
    ),
    "answered after days": (
        PERSON,
        Effort(1),
        CALM,
        PersonsPart(30 * HOUR, True),
        70,
        "solved",
        None,
    ),
    "nobody yet": (PERSON, Effort(1), CALM, PersonsPart(None, False), 75, "open", None),
    "closed without an answer": (
        *(PERSON, Effort(1), CALM, PersonsPart(None, True)),
        *(55, "not solved", None),
    ),
    "no ticket came of it": (PERSON, Effort(1), CALM, None, 55, "not solved", None),
    "all of it at once": (
        *(PERSON, Effort(30, 3, 3), MoodCourse("calm", "angry", "angry"), PersonsPart(None, True)),
        *(0, "not solved", None),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_score(name):
    *given, points, solved, told = CASES[name]
    score = score_visit(*given)
    assert (score.points, score.solved.value) == (points, solved)
    assert told is None or score.told == told


@pytest.mark.parametrize("name", CASES)
def test_reasons_add_up_and_are_read_again(name):
    score = score_visit(*CASES[name][:4])
    worth = sum(points for _, points in score.reasons)
    assert score.points == min(100, max(0, 100 + worth))
    assert read_reasons(score.told) == [(reason.value, points) for reason, points in score.reasons]
    assert len(score.told) <= 512


def test_no_reasons_are_none():
    assert read_reasons("") == []
    assert VisitScore(100, score_visit(visit(), Effort(1), CALM, None).solved, ()).told == ""


def test_mood_from_first_to_last():
    def heard(level, mood=None):
        return TurnSeen(0.0, "rest", "known", "x", level=level, mood=mood)

    mood = read_mood([heard("calm"), heard("angry"), heard("glad")])
    assert (mood.first, mood.worst, mood.last, mood.change) == ("calm", "angry", "glad", 1.0)
    # From before levels were kept, and of a level that a later version may have.
    assert read_mood([heard("", 0.8), heard("", 0.1)]) == MoodCourse(
        "displeased", "displeased", "calm"
    )
    assert read_mood([heard("furious")]).last == "calm"
