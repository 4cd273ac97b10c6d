"""A simulated customer: says what the agenda has next, in the words of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from switchboard.goals.asked_questions import AskedQuestions
from switchboard.goals.goal import Goal, Words

MOST_TURNS = 14
PATIENCE = 3
"""Times that one question is answered before the customer gives up: a loop."""


@dataclass
class Talk:
    """One conversation: its lines, and how it ended."""

    goal: Goal
    person: int
    lines: list[tuple[str, str]] = field(default_factory=list)
    ending: str = ""
    """`settled`, `loop`, `dead end` or `too long`."""

    @property
    def turns(self) -> int:
        """The customer's messages."""
        return len(self.lines)

    @property
    def read(self) -> str:
        """All that the customer was told."""
        return "\n".join(answer for _, answer in self.lines)


class SimulatedCustomer:
    """Holds one conversation. `say` sends a text and returns what was answered."""

    def __init__(
        self,
        goal: Goal,
        words: Words,
        person: int,
        questions: AskedQuestions,
        say: Callable[[str], list[str]],
    ) -> None:
        self._goal, self._words, self._person = goal, words, person
        self._questions, self._say = questions, say
        self._asked: Counter[str] = Counter()

    def converse(self) -> Talk:
        """Until the agenda is done, or there is no way on."""
        talk = Talk(self._goal, self._person)
        waiting = list(self._goal.says)
        act: str | None = waiting.pop(0)
        while act is not None:
            if talk.turns >= MOST_TURNS:
                talk.ending = "too long"
                return talk
            try:
                text = self._words[act][self._person].format_map(self._goal.facts)
            except KeyError:  # asked for what this customer does not know
                talk.ending = "dead end"
                return talk
            told = self._say(text)
            talk.lines.append((text, "\n".join(told)))
            kind = self._questions.asked(told)
            reply = self._reply(kind)
            if reply == "":
                talk.ending = "loop" if self._asked[str(kind)] > PATIENCE else "dead end"
                return talk
            act = reply or (waiting.pop(0) if waiting else None)
        talk.ending = "settled"
        return talk

    def _reply(self, kind: str | None) -> str | None:
        """The act that answers a question; None where nothing is asked, empty for giving up."""
        if kind is None or (kind == "anything_else" and kind not in self._goal.answers):
            return None
        times = self._asked[kind]
        self._asked[kind] += 1
        acts = self._goal.answers.get(kind)
        if acts is None or self._asked[kind] > max(PATIENCE, len(acts)):
            return ""
        return acts[min(times, len(acts) - 1)]
