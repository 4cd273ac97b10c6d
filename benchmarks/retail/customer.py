"""A scripted customer of the benchmark: one wish after the other, answering only what is asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from benchmarks.retail.wishes import Caller, Swap, Wish, changes_of_mind
from switchboard.goals.asked_questions import AskedQuestions

Words = Mapping[str, list[str]]
Line = tuple[str, Mapping[str, str]]
"""A name in the words file, and the facts of its places."""
MOST_TURNS = 40
PATIENCE = 3
"""Times in one wish that a question is answered before the customer gives it up."""
SELDOM = 0.1
"""How often a customer says who they are before anybody asks."""


class Mood(Enum):
    """What a customer does when asked for a yes, besides saying it."""

    DECIDED = "decided"
    HESITATES = "hesitates"
    REFUSES = "refuses"
    CHANGES_MIND = "changes mind"
    ASKS = "asks"


OFTEN = {
    Mood.DECIDED: 6,
    Mood.HESITATES: 1,
    Mood.REFUSES: 1,
    Mood.CHANGES_MIND: 1,
    Mood.ASKS: 1,
}
"""Of ten wishes."""


@dataclass
class Call:
    """One conversation: its lines, and what was given up."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    """Sums that the customer asked for and was not told."""

    @property
    def written(self) -> str:
        """All that the customer wrote."""
        return "\n".join(text for text, _ in self.lines)

    @property
    def read(self) -> str:
        """All that the customer was told."""
        return "\n".join(answer for _, answer in self.lines)


class RetailCustomer:
    """Holds one conversation in the words of one person; `chance` decides on moods and on what is
    said early. `say` sends a text and returns what was answered."""

    def __init__(
        self,
        caller: Caller,
        words: Words,
        person: int,
        chance: random.Random,
        questions: AskedQuestions,
        say: Callable[[str], list[str]],
    ) -> None:
        self._caller, self._words, self._person = caller, words, person
        self._chance, self._questions, self._say = chance, questions, say
        self._call = Call()
        self._asked: Counter[str] = Counter()
        self._mood = Mood.DECIDED

    def converse(self) -> Call:
        """Until every wish is done or given up."""
        if self._seldom():
            self._tell(*self._hello())
        for wish in self._caller.wishes:
            self._pursue(wish)
        return self._call

    def _pursue(self, wish: Wish) -> None:
        self._asked.clear()
        self._mood = self._chance.choices(list(OFTEN), list(OFTEN.values()))[0]
        change, stated = None, wish
        ways = changes_of_mind(wish) if self._mood is Mood.CHANGES_MIND else []
        if ways:
            change = self._chance.choice(ways)
            stated = change.first
        opening = self._opening(stated)
        told = self._tell(*opening)
        while True:
            kind = self._questions.asked(told)
            if kind is None or kind in ("anything_else", "what_about"):
                if not change:
                    return
                change, stated = None, wish  # what was wished at first cannot be had
                told = self._tell("come_back", {"wish": self._text(*self._opening(wish))})
                continue
            self._asked[kind] += 1
            if kind == "order_confirm" and change:
                answer: Line | None = (change.line, change.facts)
                change, stated = None, wish
            elif kind == "order_confirm" and self._mood in (Mood.REFUSES, Mood.ASKS):
                answer = self._turn_aside(wish, opening)
            else:
                answer = self._answer(kind, stated, told)
            if answer is None or self._asked[kind] > PATIENCE + len(wish.swaps):
                self._call.given_up.append(f"{wish.kind}: {kind}")
                return
            if len(self._call.lines) >= MOST_TURNS:
                self._call.given_up.append("too long")
                return
            told = self._tell(*answer)

    def _turn_aside(self, wish: Wish, opening: Line) -> Line:
        """Says no and comes back, or asks for the sum; what is said next."""
        mood, self._mood = self._mood, Mood.DECIDED
        if mood is Mood.REFUSES:
            self._tell("no", {})
            return "come_back", {"wish": self._text(*opening)}
        told = self._tell("ask_amount", {})
        if wish.amount and wish.amount not in "".join(told).replace(",", ""):
            self._call.unanswered.append(f"{wish.kind}: {wish.amount}")
        return "yes", {}

    def _opening(self, wish: Wish) -> Line:
        """The wish, with its details at once or not."""
        facts, at_once = self._facts(wish), self._chance.random() < 0.5
        act = f"ask_{wish.kind}"
        if wish.kind in ("modify", "exchange") and at_once and all(s.wanted for s in wish.swaps):
            return f"{act}_for", facts
        if wish.kind == "cancel" and at_once:
            return "ask_cancel_why", facts
        if wish.kind in ("address", "payment") and at_once:
            return f"{act}_with", facts
        return act, facts

    def _facts(self, wish: Wish) -> dict[str, str]:
        clause = self._words["one_swap"][self._person]
        reason = "give_reason_mistake" if "mistake" in wish.reason else "give_reason_not_needed"
        return {
            "order": wish.order,
            "items": wish.items,
            "swaps": "; ".join(
                clause.format(item=swap.item, wanted=swap.wanted) for swap in wish.swaps
            ),
            "method": wish.method,
            "address": wish.address,
            "reason": self._words[reason][self._person].rstrip("."),
        }

    def _answer(self, kind: str, wish: Wish, told: list[str]) -> Line | None:
        facts = self._facts(wish)
        if kind == "order_contact":
            return self._identity()
        if kind == "order_confirm":
            return self._decide(), {}
        if kind in ("variant", "exchange_item_wanted"):
            swap = self._swap_asked(wish, told)
            if swap is None:
                return None
            return ("give_wanted", {"wanted": swap.wanted}) if swap.wanted else ("give_same", {})
        simple = {
            "order_number": "give_order",
            "order_item": "give_items",
            "payment": "give_method",
            "change_shipping_address_new": "give_address",
            "cancel_reason": "give_reason_mistake"
            if "mistake" in wish.reason
            else "give_reason_not_needed",
        }
        act = simple.get(kind)
        return None if act is None else (act, facts)

    def _swap_asked(self, wish: Wish, told: list[str]) -> Swap | None:
        """The thing that the question names; the first where it names none."""
        heads = [line.split(":")[0] for message in told for line in message.splitlines()]
        text = "\n".join(heads).lower()
        named = [
            swap
            for swap in wish.swaps
            if swap.product.lower() in text and _options_in(swap.item, text)
        ]
        alike = [swap for swap in wish.swaps if swap.product.lower() in text]
        return next(iter(named or alike or wish.swaps), None)

    def _decide(self) -> str:
        if self._mood is not Mood.HESITATES:
            return "yes"
        self._mood = Mood.DECIDED
        return "wait"

    def _identity(self) -> Line:
        caller = self._caller
        if caller.email:
            return "give_email", {"email": caller.email}
        return "give_name_zip", {"name": caller.name, "zip": caller.zip}

    def _hello(self) -> Line:
        act, facts = self._identity()
        return act.replace("give", "hello").replace("name_zip", "name"), facts

    def _tell(self, act: str, facts: Mapping[str, str]) -> list[str]:
        text = self._text(act, facts)
        told = self._say(text)
        self._call.lines.append((text, "\n".join(told)))
        return told

    def _text(self, act: str, facts: Mapping[str, str]) -> str:
        return self._words[act][self._person].format_map(facts)

    def _seldom(self) -> bool:
        return self._chance.random() < SELDOM


def _options_in(item: str, text: str) -> bool:
    """Whether the options by which a customer tells two things apart are named in a text."""
    _, _, options = item.partition("(")
    parts = [part.strip(" )").lower() for part in options.split(",") if part.strip(" )")]
    return all(part.split(" ")[-1] in text for part in parts)
