"""Visits: a conversation between two long pauses, and what each came to.

Whoever leaves is not thereby served. A visit is solved only if nothing speaks against it, and each
of its turns is read for what might:

- **person**: a turn went to a person, an open question was handed over, or a ticket was opened;
- **unsure**, if any of these holds, in this order: the customer was displeased at the last wish or
  after it; the last wish found no answer; it was left in the middle of a form; it was asked for
  twice in a row, or again within `AGAIN` after the visit;
- **solved**: otherwise, the last wish got an answer or a done act;
- **nothing**: no wish was told at all, only a greeting or thanks.

A visit that ended less than `PAUSE` ago may go on, and is not judged yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from rapidfuzz import fuzz

from switchboard.answering.question import Origin
from switchboard.conversations.moods import Level
from switchboard.conversations.routes import Route
from switchboard.conversations.turn_result import Result
from switchboard.conversations.turns import RATING_INTENT, SMALL_TALK, UNCLEAR_INTENT

PAUSE = 6 * 3600.0
"""Seconds of silence after which a conversation begins anew."""
AGAIN = 24 * 3600.0
"""Seconds after a visit within which the same wish says that it was not served."""
ALIKE = 90.0
"""Of 100: open questions that share so much of their letters are the same one."""
ANGER = 0.5
"""Displeased from this anger on, in turns from before migration 0007, which tell no level."""
NO_WISH = SMALL_TALK | {RATING_INTENT, ""}
_DISPLEASED = (Level.DISPLEASED.value, Level.ANGRY.value)
_ANSWERED = (Origin.MODEL.value, Origin.ARTICLE.value, Origin.FLOW.value)


class Outcome(str, Enum):
    """What a visit came to; the value is what the database holds."""

    SOLVED = "solved"
    UNSURE = "unsure"
    PERSON = "person"
    NOTHING = "nothing"
    GOING_ON = "going on"


class Why(str, Enum):
    """Why a visit is unsure."""

    DISPLEASED = "displeased"
    NO_ANSWER = "no answer"
    LEFT = "left"
    AGAIN = "again"
    NONE = ""


@dataclass(frozen=True)
class TurnSeen:
    """One turn as the database has it. `question` and `found`: of an open one, its redacted words
    and its outcome, a value of `Origin`."""

    at: float
    channel: str
    route: str
    intent: str
    mood: float | None = None
    level: str = ""
    result: str = ""
    question: str = ""
    found: str = ""

    @property
    def is_wish(self) -> bool:
        """Whether the customer wants something by it; the answer to a form's question is part of
        what was wanted before."""
        return self.route == Route.OPEN.value or self.intent not in NO_WISH

    @property
    def displeased(self) -> bool:
        """Whether it was said with displeasure."""
        if self.level:
            return self.level in _DISPLEASED
        return (self.mood or 0.0) >= ANGER

    @property
    def handed_over(self) -> bool:
        """Whether a person has it."""
        return self.route == Route.PERSON.value or self.found == Origin.PERSON.value

    @property
    def unanswered(self) -> bool:
        """Whether the bot had no answer."""
        if self.route == Route.OPEN.value and self.found:
            return self.found not in _ANSWERED
        return self.result == Result.FAILED.value or self.intent == UNCLEAR_INTENT


@dataclass(frozen=True)
class Visit:
    """A visit and what it came to. `route`: the furthest, by known, open, person."""

    began_at: float
    ended_at: float
    channel: str
    route: Route
    outcome: Outcome
    why: Why = Why.NONE


def read_visits(
    turns: Sequence[TurnSeen], opened: Sequence[float] = (), now: float = float("inf")
) -> list[Visit]:
    """The visits of one conversation from its turns, oldest first; `opened`: when its tickets were.

    A ticket belongs to the visit in which it was opened.
    """
    parts = _parts(turns)
    visits = []
    for index, part in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else []
        until = following[0].at if following else float("inf")
        ticket = any(part[0].at <= at < min(until, part[-1].at + PAUSE) for at in opened)
        visit = _judged(part, following, ticket)
        if now - visit.ended_at < PAUSE and visit.outcome is not Outcome.PERSON:
            visit = replace(visit, outcome=Outcome.GOING_ON, why=Why.NONE)
        visits.append(visit)
    return visits


def _parts(turns: Sequence[TurnSeen]) -> list[list[TurnSeen]]:
    parts: list[list[TurnSeen]] = []
    for turn in turns:
        if parts and turn.at - parts[-1][-1].at < PAUSE:
            parts[-1].append(turn)
        else:
            parts.append([turn])
    return parts


def _judged(part: Sequence[TurnSeen], following: Sequence[TurnSeen], ticket: bool) -> Visit:
    visit = Visit(
        part[0].at, part[-1].at, part[0].channel, _furthest(part, ticket), Outcome.NOTHING
    )
    if visit.route is Route.PERSON:
        return replace(visit, outcome=Outcome.PERSON)
    wishes = [index for index, turn in enumerate(part) if asks(part, index)]
    if not wishes:
        return visit
    why = _doubt(part, wishes, following)
    return replace(visit, outcome=Outcome.UNSURE if why else Outcome.SOLVED, why=why or Why.NONE)


def _furthest(part: Sequence[TurnSeen], ticket: bool) -> Route:
    if ticket or any(turn.handed_over for turn in part):
        return Route.PERSON
    return Route.OPEN if any(t.route == Route.OPEN.value for t in part) else Route.KNOWN


def asks(part: Sequence[TurnSeen], index: int) -> bool:
    """Whether a turn tells a wish of its own: it does not go on with the form before it."""
    turn = part[index]
    if not turn.is_wish:
        return False
    in_form = index > 0 and part[index - 1].result == Result.ASKING.value
    return not (in_form and turn.intent == part[index - 1].intent)


def _doubt(
    part: Sequence[TurnSeen], wishes: Sequence[int], following: Sequence[TurnSeen]
) -> Why | None:
    """What speaks against a visit without a person being solved; None if nothing does."""
    wish, rest = part[wishes[-1]], part[wishes[-1] :]
    if any(turn.displeased for turn in rest):
        return Why.DISPLEASED
    if any(turn.unanswered for turn in rest):
        return Why.NO_ANSWER
    if rest[-1].result == Result.ASKING.value or any(
        turn.result == Result.STOPPED.value for turn in rest
    ):
        return Why.LEFT
    if len(wishes) > 1 and is_same_wish(part[wishes[-2]], wish):
        return Why.AGAIN
    soon = [turn for turn in following if turn.at - part[-1].at < AGAIN and turn.is_wish]
    return Why.AGAIN if soon and is_same_wish(wish, soon[0]) else None


def is_same_wish(first: TurnSeen, second: TurnSeen) -> bool:
    """Whether two wishes are the same: one intent, or an open question in much the same words.

    Of known wishes only the intent is kept: two orders tracked in a row count as one asked twice,
    which errs on the side of doubt.
    """
    if first.route != second.route:
        return False
    if second.route == Route.OPEN.value:
        told = first.question.lower(), second.question.lower()
        return bool(told[0]) and fuzz.token_sort_ratio(*told) >= ALIKE
    return first.intent == second.intent
