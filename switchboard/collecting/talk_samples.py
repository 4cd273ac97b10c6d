"""From what is on record of a conversation to samples: each message with its answer and its end."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from switchboard.collecting.hiding import Hider, PersonalValues
from switchboard.collecting.sample import ASSISTANT, PERSON, USER, Sample, SpokenLine
from switchboard.collecting.talk_record import TalkRecord
from switchboard.conversations.moods import Level
from switchboard.conversations.routes import Route
from switchboard.conversations.turns import CAREFUL_INTENTS, CONTINUES, LANGUAGE, ROUTE
from switchboard.overview.visits import AGAIN, PAUSE
from switchboard.text.language import read_language
from switchboard.tickets.story import Line, read_lines

BEFORE = 6
"""Lines before a message that go with it."""
MOST_LINES = 2000
_CUSTOMER, _AGENT = "customer", "agent"

Cited = Callable[[str, str, str], tuple[str, ...]]
"""Which statements of a passage stand in an answer: (passage's id, its language, the answer)."""


@dataclass
class _Turn:
    """A message, the lines that answered it, and when a ticket came of it."""

    line: Line
    place: int
    event: Mapping[str, Any]
    replies: list[int] = field(default_factory=list)
    """The places of the lines that came before the next message."""
    by: str = ""
    """Who spoke first of them, as `Line.speaker`."""
    ticket_at: float | None = None
    correction: str = ""


def samples_of(record: TalkRecord, talk: int, hider: Hider, cited: Cited) -> Iterator[Sample]:
    """The samples of one conversation, in its order. Messages about a danger, about health or law
    are none."""
    known = PersonalValues()
    for event in record.events:
        known.learn(event)
    secrets = list(known)
    lines = read_lines(record.events)[:MOST_LINES]
    shown = [hider.hide(line.text, secrets) for line in lines]
    turns = _turns(lines, record.events)
    _mark_tickets(turns, record.opened, lines)
    language = "en"
    heard = {row.at: row for row in record.turns}
    for turn in turns:
        said = turn.event.get("parse_data") or {}
        language = str(said.get(LANGUAGE) or read_language(turn.line.text) or language)
        if _is_careful(said):
            continue
        sample = _sample(turn, talk, language, said, shown, lines)
        if not sample.text:
            continue
        sample = _with_open_question(sample, turn, turns, record, cited)
        row = heard.get(turn.line.at)
        yield replace(
            sample,
            channel=row.channel if row else sample.channel,
            result=row.result if row else "",
            outcome=_outcome(record, turn.line.at),
            ticket=turn.ticket_at is not None,
            correction=hider.hide(turn.correction, secrets) if turn.correction else "",
            rating=_rating(record, turn),
        )


def _turns(lines: Sequence[Line], events: Sequence[Mapping[str, Any]]) -> list[_Turn]:
    by_time = {
        float(event.get("timestamp") or 0.0): event
        for event in events
        if event.get("event") == "user" and not (event.get("parse_data") or {}).get(CONTINUES)
    }
    turns: list[_Turn] = []
    for place, line in enumerate(lines):
        if line.speaker == _CUSTOMER:
            turns.append(_Turn(line, place, by_time.get(line.at, {})))
        elif turns and line.at - turns[-1].line.at < AGAIN:
            turns[-1].replies.append(place)
            turns[-1].by = turns[-1].by or line.speaker
    return turns


def _is_careful(said: Mapping[str, Any]) -> bool:
    named = str((said.get("intent") or {}).get("name") or "")
    cause = str((said.get(ROUTE) or {}).get("cause") or "")
    return bool({named, cause} & CAREFUL_INTENTS)


def _mark_tickets(turns: list[_Turn], opened: Sequence[float], lines: Sequence[Line]) -> None:
    """Each ticket belongs to the last message before it that the assistant answered by itself, if
    that is of the same visit; a person's first answer is the correction."""
    for at in opened:
        before = [
            turn
            for turn in turns
            if turn.line.at <= at
            and turn.by not in ("", _AGENT)
            and (turn.event.get("parse_data") or {}).get(ROUTE, {}).get("route")
            != Route.PERSON.value
        ]
        if not before or at - before[-1].line.at > PAUSE:
            continue
        turn = before[-1]
        turn.ticket_at = at
        turn.correction = next(
            (line.text for line in lines if line.speaker == _AGENT and line.at >= at), ""
        )


def _sample(
    turn: _Turn,
    talk: int,
    language: str,
    said: Mapping[str, Any],
    shown: Sequence[str],
    lines: Sequence[Line],
) -> Sample:
    line, place = turn.line, turn.place
    answers = [at for at in turn.replies if lines[at].speaker == turn.by]
    route = said.get(ROUTE) or {}
    intent = said.get("intent") or {}
    text = str(turn.event.get("text") or "")
    begun = max(0, place - BEFORE)
    return Sample(
        talk=talk,
        place=place,
        month=datetime.fromtimestamp(line.at, timezone.utc).strftime("%Y-%m"),
        channel=str(turn.event.get("input_channel") or "unknown"),
        text=printable(shown[place]),
        language=language,
        typed=bool(text) and not text.startswith("/"),
        intent=line.intent,
        confidence=round(float(intent.get("confidence") or 0.0), 3),
        level=line.level or Level.CALM.value,
        anger=line.mood,
        route=str(route.get("route") or ""),
        cause=str(route.get("cause") or ""),
        before=tuple(
            SpokenLine(USER if lines[at].speaker == _CUSTOMER else ASSISTANT, printable(shown[at]))
            for at in range(begun, place)
        ),
        reply=printable("\n".join(shown[at] for at in answers)),
        by={"": "", _AGENT: PERSON}.get(turn.by, ASSISTANT),
    )


def _with_open_question(
    sample: Sample, turn: _Turn, turns: Sequence[_Turn], record: TalkRecord, cited: Cited
) -> Sample:
    """What the answer to an open question came from."""
    following = [other.line.at for other in turns if other.line.at > turn.line.at]
    until = min(following, default=float("inf"))
    mine = [row for row in record.asked if turn.line.at <= row.at < until]
    if not mine or sample.route != Route.OPEN.value:
        return sample
    row = mine[-1]
    said = cited(row.passage, sample.language, sample.reply) if row.passage else ()
    return replace(sample, passage=row.passage, found=row.outcome, cited=said)


def _outcome(record: TalkRecord, at: float) -> str:
    for visit in record.visits:
        if visit.began_at <= at <= visit.ended_at:
            return visit.outcome.value
    return ""


def _rating(record: TalkRecord, turn: _Turn) -> int | None:
    """What was given within a day for it: for a person's part, or for the assistant's."""
    person = turn.by == _AGENT
    for row in record.ratings:
        of_person = row.route == Route.PERSON.value
        if turn.line.at <= row.asked_at < turn.line.at + AGAIN and of_person == person:
            return int(row.score)
    return None


def printable(text: str) -> str:
    """Without control characters and lone surrogates, which some readers refuse."""
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")
    )
