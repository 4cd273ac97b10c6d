"""Where a turn goes (known, open, person) and why: decided here, once, by `decide`.

The decision is put on the message's event under `ROUTE`; action, ticket, desk and figures read it
there. A person takes over

- at once, from an angry message, or one with a legal word;
- at once, from one that tells of an injury, harassment or a danger, of fraud, of somebody who needs
  particular care, of leaving the shop for good, or of having tried before without success
  (`switchboard.conversations.takeover` has the words);
- from the second displeased message within three (relief or thanks in between begin anew);
- when the customer asks for one, or speaks of a danger or a matter of health or law;
- when the answer to an open question says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from switchboard.conversations.moods import Level
from switchboard.conversations.takeover import reason_in, refuses_person
from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    GRAVE_INTENTS,
    MOOD,
    OPEN_INTENT,
    OPEN_REASON,
    PERSON_INTENT,
    ROUTE,
    UPSET_INTENT,
)

WINDOW = 3
"""Messages, the latest included, in which the second displeased one counts."""
LEGAL = re.compile(
    r"\b(?:my (?:lawyer|solicitor|attorney)|sue you|legal action|small claims|"
    r"consumer protection|trading standards|ombudsman|chargeback|report you to|police)\b"
    r"|律师|起诉|法院|报警|12315|消费者协会|消协|工商局|曝光",
    re.IGNORECASE,
)
"""Words that a person must see, however politely they are said."""
_READ = 2000


class Route(str, Enum):
    """Where a turn goes."""

    KNOWN = "known"
    OPEN = "open"
    PERSON = "person"


class Cause(str, Enum):
    """Why it goes there; the value is what the database holds."""

    INTENT = "intent"
    UNKNOWN = "unknown"
    ANGER = "anger"
    DISPLEASED_TWICE = "displeased twice"
    LEGAL_WORDS = "legal words"
    SAFETY = "safety"
    FRAUD = "fraud"
    VULNERABLE = "vulnerable"
    LEAVING = "leaving"
    FAILED = "failed before"
    ASKED = "asked"
    SELF_HARM = "self_harm"
    THREAT = "threat"
    MEDICAL = "medical_question"
    LEGAL = "legal_question"
    ENGINE = "engine"
    WITH_PERSON = "with a person"
    PAGE_INBOX = "page inbox"


GRAVE = frozenset(map(Cause, GRAVE_INTENTS))
"""Somebody may be in danger."""
CAREFUL = frozenset(map(Cause, CAREFUL_INTENTS))
"""A fixed text and a person, whatever else could be said."""
UPSET = frozenset(
    {
        Cause.ANGER,
        Cause.DISPLEASED_TWICE,
        Cause.LEGAL_WORDS,
        Cause.SAFETY,
        Cause.FRAUD,
        Cause.VULNERABLE,
        Cause.LEAVING,
        Cause.FAILED,
    }
)
"""Who waits for a person with one of these is served first, and spoken to with regret."""
_IN_WORDS = {
    Cause.INTENT: "{}",
    Cause.UNKNOWN: "{}",
    Cause.ANGER: "anger {}",
    Cause.DISPLEASED_TWICE: "displeased twice: {}",
    Cause.LEGAL_WORDS: "legal or safety words: {}",
    Cause.SAFETY: "injury, harassment or danger: {}",
    Cause.FRAUD: "fraud or misuse: {}",
    Cause.VULNERABLE: "somebody who needs particular care: {}",
    Cause.LEAVING: "about to leave us: {}",
    Cause.FAILED: "tried before without success: {}",
    Cause.ASKED: "asked for a person",
    Cause.SELF_HARM: "self harm",
    Cause.THREAT: "threat",
    Cause.MEDICAL: "medical question",
    Cause.LEGAL: "legal question",
    Cause.ENGINE: "the answer to an open question needs a person",
    Cause.WITH_PERSON: "already with a person",
    Cause.PAGE_INBOX: "answered in the page's inbox",
}


@dataclass(frozen=True)
class Decision:
    """A route with its cause; `detail` is what a person reads beside it."""

    route: Route
    cause: Cause
    detail: str = ""

    @property
    def reason(self) -> str:
        """The cause in words, for people."""
        return _IN_WORDS[self.cause].format(self.detail)

    def as_dict(self) -> dict[str, str]:
        """As it stands on an event."""
        return {"route": self.route.value, "cause": self.cause.value, "detail": self.detail}


def decided(parse_data: Mapping[str, Any]) -> Decision | None:
    """The decision that a message's event carries; None while there is none."""
    raw = parse_data.get(ROUTE)
    if not isinstance(raw, Mapping):
        return None
    return Decision(Route(raw["route"]), Cause(raw["cause"]), str(raw.get("detail") or ""))


def decide(
    parse_data: Mapping[str, Any], moods: Sequence[Mapping[str, Any]] = (), paused: bool = False
) -> Decision:
    """The route of a message from what NLU said of it.

    `moods` are those of the latest messages, this one included, oldest first; `paused` when a
    person has the conversation already.
    """
    intent = str((parse_data.get("intent") or {}).get("name") or "")
    if paused:
        return Decision(Route.PERSON, Cause.WITH_PERSON)
    if intent == UPSET_INTENT:
        mood = parse_data.get(MOOD) or {}
        cause = Cause(mood.get("cause") or Cause.ANGER.value)
        return Decision(Route.PERSON, cause, str(mood.get("detail") or ""))
    if intent == PERSON_INTENT:
        return Decision(Route.PERSON, Cause.ASKED)
    if intent in CAREFUL_INTENTS:
        return Decision(Route.PERSON, Cause(intent))
    displeased = displeased_twice(moods)
    if displeased:
        return Decision(Route.PERSON, Cause.DISPLEASED_TWICE, displeased)
    if intent in ("", OPEN_INTENT):
        why = str(parse_data.get(OPEN_REASON) or "no known intent")
        return Decision(Route.OPEN, Cause.UNKNOWN, why)
    confidence = float((parse_data.get("intent") or {}).get("confidence") or 0.0)
    return Decision(Route.KNOWN, Cause.INTENT, f"{intent} {confidence:.2f}")


def upset_now(text: str, mood: Mapping[str, Any], level: Level) -> tuple[Cause, str] | None:
    """Why this message alone calls for a person, with what tells it; None if it does not."""
    legal = LEGAL.search(text[:_READ])
    if legal:
        return Cause.LEGAL_WORDS, f"'{legal[0].lower()}'"
    cause, words = _reason(text, mood)
    if level is Level.ANGRY and cause in (None, Cause.FAILED, Cause.LEAVING):
        # That a customer tried before, or is leaving, explains the anger; it does not outrank it.
        return Cause.ANGER, _told(mood)
    if cause and (level is not Level.GLAD or cause in (Cause.SAFETY, Cause.FRAUD)):
        return cause, words
    return None


def _reason(text: str, mood: Mapping[str, Any]) -> tuple[Cause | None, str]:
    """The reason that the classifier sees, or that plain words name.

    Words explain more than a classifier's anger; a person who is refused is not asked for.
    """
    seen = mood.get("reason")
    if seen == Cause.ASKED.value and refuses_person(text):
        seen = None
    named = reason_in(text) if seen in (None, Cause.ANGER.value) else None
    if named:
        return Cause(named[0]), f"'{named[1]}'"
    if seen:
        return Cause(seen), _shown(float(mood["person"]), mood.get("evidence"))
    return None, ""


def displeased_twice(moods: Sequence[Mapping[str, Any]]) -> str:
    """What tells of displeasure in the latest messages together; empty unless it was twice."""
    counted: list[Mapping[str, Any]] = []
    for mood in moods[-WINDOW:]:
        if mood.get("level") == Level.GLAD.value:
            counted = []
        elif mood.get("level") == Level.DISPLEASED.value:
            counted.append(mood)
    latest = moods[-1].get("level") if moods else None
    if len(counted) < 2 or latest != Level.DISPLEASED.value:
        return ""
    return ", ".join(_told(mood) for mood in counted)


def _told(mood: Mapping[str, Any]) -> str:
    shown = max(float(mood.get(key) or 0.0) for key in ("anger", "displeasure"))
    return _shown(shown, mood.get("words"))


def _shown(probability: float, words: str | None) -> str:
    return f"{probability:.2f}" + (f": '{words}'" if words else "")
