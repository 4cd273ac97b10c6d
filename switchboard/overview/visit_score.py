"""The score of a visit, 0 to 100, from what is known of it without asking the customer, with the
reasons.

A visit begins with 100, and each reason takes away or gives what `POINTS` says. The points are a
judgement, written down here and nowhere else; how far they agree with what customers say is
measured where there are surveys (`survey_agreement.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from switchboard.conversations.moods import Level
from switchboard.overview.effort import Effort
from switchboard.overview.mood_course import MoodCourse
from switchboard.overview.visits import Outcome, Visit, Why

FULL = 100
GONE_WELL = 60
"""From this score on a visit counts as gone well."""
USUAL_TURNS = 6
LONG_WAIT, VERY_LONG_WAIT = 3600.0, 24 * 3600.0
"""Seconds until a person's first answer."""


class Solved(str, Enum):
    """Whether what was wanted was solved; the value is what the database holds."""

    YES = "solved"
    NO = "not solved"
    DOUBTFUL = "doubtful"
    OPEN = "open"
    """A person has it."""
    NOTHING = "nothing wanted"


class Reason(str, Enum):
    """Why a score is what it is; the value is what the database holds."""

    NO_ANSWER = "no answer"
    DISPLEASED = "displeased at the end"
    LEFT = "left in the middle"
    AGAIN = "came again"
    NEEDED_PERSON = "a person was needed"
    NOBODY = "closed without an answer"
    WAITS = "waits for a person"
    WAITED = "waited for more than an hour"
    WAITED_LONG = "waited for more than a day"
    REPEATED = "said again"
    REPHRASED = "said in other words"
    MANY_TURNS = "many messages"
    ANGRY = "angry at last"
    UPSET = "displeased at last"
    TROUBLED = "troubled at last"
    WORSE = "mood became worse"
    BETTER = "mood became better"
    GLAD = "glad at last"


POINTS: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.NO_ANSWER: -40,
        Reason.DISPLEASED: -25,
        Reason.LEFT: -25,
        Reason.AGAIN: -20,
        Reason.NEEDED_PERSON: -5,
        Reason.NOBODY: -40,
        Reason.WAITS: -20,
        Reason.WAITED: -10,
        Reason.WAITED_LONG: -25,
        Reason.REPEATED: -8,  # each time, at most `MOST_TIMES`
        Reason.REPHRASED: -6,  # likewise; one of three that are told is none
        Reason.MANY_TURNS: -2,  # each one above the usual, likewise
        Reason.ANGRY: -30,
        Reason.UPSET: -15,
        Reason.TROUBLED: -5,
        Reason.WORSE: -10,
        Reason.BETTER: 5,
        Reason.GLAD: 10,
    }
)
MOST_TIMES: Mapping[Reason, int] = MappingProxyType(
    {Reason.REPEATED: 3, Reason.REPHRASED: 3, Reason.MANY_TURNS: 10}
)
_DOUBTS = {
    Why.NO_ANSWER: Reason.NO_ANSWER,
    Why.DISPLEASED: Reason.DISPLEASED,
    Why.LEFT: Reason.LEFT,
    Why.AGAIN: Reason.AGAIN,
}
_AT_LAST = {
    Level.ANGRY.value: Reason.ANGRY,
    Level.DISPLEASED.value: Reason.UPSET,
    Level.TROUBLED.value: Reason.TROUBLED,
    Level.GLAD.value: Reason.GLAD,
}


@dataclass(frozen=True)
class PersonsPart:
    """What people did for a visit: the seconds until the first answer to its ticket (None: there
    was none yet), and whether the ticket is closed."""

    waited: float | None
    closed: bool


@dataclass(frozen=True)
class VisitScore:
    """A score with its reasons, each with the points that it made."""

    points: int
    solved: Solved
    reasons: Sequence[tuple[Reason, int]]

    @property
    def told(self) -> str:
        """The reasons as the database holds them; `read_reasons` reads them."""
        return ",".join(f"{reason.value}:{points}" for reason, points in self.reasons)


def read_reasons(told: str) -> list[tuple[str, int]]:
    """(reason, points) of what the database holds; reasons of later versions too."""
    pairs = (part.rpartition(":") for part in told.split(",") if part)
    return [(name, int(points)) for name, _, points in pairs]


def score_visit(
    visit: Visit, effort: Effort, mood: MoodCourse, people: PersonsPart | None
) -> VisitScore:
    """The score of a visit that is over; `people`: None if no ticket was open in it."""
    solved, counts = _solved(visit, people)
    counts.append((Reason.REPEATED, effort.repeats))
    counts.append((Reason.REPHRASED, effort.rephrasings or 0))
    counts.append((Reason.MANY_TURNS, max(0, effort.turns - USUAL_TURNS)))
    at_last = _AT_LAST.get(mood.last)
    if at_last:
        counts.append((at_last, 1))
    if mood.change:
        counts.append((Reason.BETTER if mood.change > 0 else Reason.WORSE, 1))
    reasons = [
        (reason, POINTS[reason] * min(times, MOST_TIMES.get(reason, 1)))
        for reason, times in counts
        if times
    ]
    points = FULL + sum(points for _, points in reasons)
    return VisitScore(min(FULL, max(0, points)), solved, reasons)


def _solved(visit: Visit, people: PersonsPart | None) -> tuple[Solved, list[tuple[Reason, int]]]:
    if visit.outcome is Outcome.NOTHING:
        return Solved.NOTHING, []
    if visit.outcome is Outcome.SOLVED:
        return Solved.YES, []
    if visit.outcome is not Outcome.PERSON:
        doubt = _DOUBTS.get(visit.why)
        solved = Solved.NO if visit.why is Why.NO_ANSWER else Solved.DOUBTFUL
        return solved, [(doubt, 1)] if doubt else []
    reasons = [(Reason.NEEDED_PERSON, 1)]
    if people is None:  # somebody was to have it, and nobody took it down
        return Solved.NO, [*reasons, (Reason.NOBODY, 1)]
    if people.waited is None:
        solved, reason = (
            (Solved.NO, Reason.NOBODY) if people.closed else (Solved.OPEN, Reason.WAITS)
        )
        return solved, [*reasons, (reason, 1)]
    if people.waited >= VERY_LONG_WAIT:
        reasons.append((Reason.WAITED_LONG, 1))
    elif people.waited >= LONG_WAIT:
        reasons.append((Reason.WAITED, 1))
    return (Solved.YES if people.closed else Solved.OPEN), reasons
