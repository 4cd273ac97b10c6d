"""Runs the simulated customers against the whole assistant, over its REST channel."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.goals.customer import Customer, Talk
from benchmarks.goals.goal import Goal, read_words
from benchmarks.goals.judge import Verdict, judge
from benchmarks.goals.questions import Questions
from benchmarks.servers import Servers
from switchboard.clock import utc_now
from switchboard.orders import demo_seed
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.project import PROJECT

PEOPLE = 4
Judged = list[tuple[Talk, Verdict]]


class Shop:
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


class Assistant(Servers):
    """The assistant of the demo shop."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        super().__init__(folder, {"SWITCHBOARD_ORDERS_URL": f"sqlite:///{self.shop.path}"})

    def tickets(self, sender: str) -> int:
        """How many tickets a conversation has."""
        query = "SELECT count(*) FROM tickets WHERE conversation_id = ?"
        with sqlite3.connect(self.database, timeout=10) as db:
            return int(db.execute(query, (sender,)).fetchone()[0])


@contextmanager
def running_assistant() -> Iterator[Assistant]:
    """The assistant on databases that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="switchboard-goals-") as folder:
        assistant = Assistant(Path(folder))
        try:
            yield assistant
        finally:
            assistant.stop()


def run_goals(
    assistant: Assistant, goals: list[Goal], words: Path, chance: random.Random
) -> Judged:
    """Every goal with every person's words, in an order by chance."""
    spoken = {language: read_words(words, language) for language in ("en", "zh")}
    questions = Questions()
    talks = [(goal, person) for goal in goals for person in range(PEOPLE)]
    chance.shuffle(talks)
    judged: Judged = []
    for number, (goal, person) in enumerate(talks):
        sender = f"goal-{number}-{goal.language}"
        assistant.shop.restore()
        assistant.forget_wrong_tries()
        say = partial(assistant.say, sender)
        talk = Customer(goal, spoken[goal.language], person, questions, say).converse()
        with sqlite3.connect(assistant.shop.path) as shop:
            judged.append((talk, judge(talk, shop, assistant.tickets(sender))))
    return judged
