"""Runs the simulated customers against the whole assistant, in the demo shop."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from switchboard.clock import utc_now
from switchboard.goals.asked_questions import AskedQuestions
from switchboard.goals.goal import Goal, read_words
from switchboard.goals.goal_judge import GoalVerdict, judge
from switchboard.goals.simulated_customer import SimulatedCustomer, Talk
from switchboard.orders import demo_seed
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.project import PROJECT

PEOPLE = 4
Judged = list[tuple[Talk, GoalVerdict]]


class GoalShop:
    """The demo shop, as it was seeded for each conversation."""

    def __init__(self, folder: Path) -> None:
        self.path, self._seeded = folder / "shop.db", folder / "seeded.db"
        for path in (self._seeded, self.path):
            book = SqliteOrderSystem(f"sqlite:///{path}")
            demo_seed.seed(book.engine, PROJECT / "data", utc_now())

    def restore(self) -> None:
        """Undo what a conversation did."""
        with sqlite3.connect(self._seeded) as source, sqlite3.connect(self.path) as target:
            source.backup(target)


class TrialAssistant(Protocol):
    """The whole assistant with databases of its own."""

    shop: GoalShop

    def say(self, sender: str, text: str) -> list[str]:
        """Write as a customer; the texts of the answer."""

    def tickets(self, sender: str) -> int:
        """How many tickets a conversation has."""

    def forget_wrong_tries(self) -> None:
        """So that one conversation's do not slow the next."""


def run_goals(
    assistant: TrialAssistant,
    goals: list[Goal],
    words: Path,
    chance: random.Random,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Judged:
    """Every goal with every person's words, in an order by chance. `told`: called after each
    conversation with how many were held, and of how many."""
    spoken = {language: read_words(words, language) for language in ("en", "zh")}
    questions = AskedQuestions()
    talks = [(goal, person) for goal in goals for person in range(PEOPLE)]
    chance.shuffle(talks)
    judged: Judged = []
    for number, (goal, person) in enumerate(talks):
        sender = f"goal-{number}-{goal.language}"
        assistant.shop.restore()
        assistant.forget_wrong_tries()
        say = partial(assistant.say, sender)
        customer = SimulatedCustomer(goal, spoken[goal.language], person, questions, say)
        talk = customer.converse()
        with sqlite3.connect(assistant.shop.path) as shop:
            judged.append((talk, judge(talk, shop, assistant.tickets(sender))))
        told(number + 1, len(talks))
    return judged
