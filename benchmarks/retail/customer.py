"""A scripted customer of the benchmark: one wish after the other, answering only what is asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.goals.questions import Questions
from benchmarks.retail.wishes import Caller, Swap, Wish

Words = Mapping[str, list[str]]
MOST_TURNS = 40
PATIENCE = 3
"""Times in one wish that a question is answered before the customer gives it up."""
SELDOM = 0.1
"""How often a customer hesitates, refuses first, or asks for somebody's name too early."""


@dataclass
class Call:
    """One conversation: its lines, and what was given up."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

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
        questions: Questions,
        say: Callable[[str], list[str]],
    ) -> None:
        self._caller, self._words, self._person = caller, words, person
        self._chance, self._questions, self._say = chance, questions, say
        self._call = Call()
        self._asked: Counter[str] = Counter()
        self._moody = False

    def converse(self) -> Call:
        """Until every wish is done or given up."""
        if self._seldom():
            self._tell(*self._hello())
        for wish in self._caller.wishes:
            self._pursue(wish)
        return self._call

    def _pursue(self, wish: Wish) -> None:
        self._asked.clear()
        self._moody = self._seldom()
        told = self._tell(*self._opening(wish))
        while True:
            kind = self._questions.asked(told)
            if kind is None or kind in ("anything_else", "what_about"):
                return
            self._asked[kind] += 1
            answer = self._answer(kind, wish, told)
            if answer is None or self._asked[kind] > PATIENCE + len(wish.swaps):
                self._call.given_up.append(f"{wish.kind}: {kind}")
                return
            if len(self._call.lines) >= MOST_TURNS:
                self._call.given_up.append("too long")
                return
            told = self._tell(*answer)

    def _opening(self, wish: Wish) -> tuple[str, dict[str, str]]:
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

    def _answer(self, kind: str, wish: Wish, told: list[str]) -> tuple[str, dict[str, str]] | None:
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
        if not self._moody:
            return "yes"
        self._moody = False
        return "wait"

    def _identity(self) -> tuple[str, dict[str, str]]:
        caller = self._caller
        if caller.email:
            return "give_email", {"email": caller.email}
        return "give_name_zip", {"name": caller.name, "zip": caller.zip}

    def _hello(self) -> tuple[str, dict[str, str]]:
        act, facts = self._identity()
        return act.replace("give", "hello").replace("name_zip", "name"), facts

    def _tell(self, act: str, facts: Mapping[str, str]) -> list[str]:
        text = self._words[act][self._person].format_map(facts)
        told = self._say(text)
        self._call.lines.append((text, "\n".join(told)))
        return told

    def _seldom(self) -> bool:
        return self._chance.random() < SELDOM


def _options_in(item: str, text: str) -> bool:
    """Whether the options by which a customer tells two things apart are named in a text."""
    _, _, options = item.partition("(")
    parts = [part.strip(" )").lower() for part in options.split(",") if part.strip(" )")]
    return all(part.split(" ")[-1] in text for part in parts)
