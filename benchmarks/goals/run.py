"""Runs the simulated customers against the whole assistant, over its REST channel."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import yaml

from benchmarks.goals.customer import Customer, Talk
from benchmarks.goals.goal import Goal, read_words
from benchmarks.goals.judge import Verdict, judge
from benchmarks.goals.questions import Questions
from switchboard.cli.processes import some_free_port, start_actions, start_rasa
from switchboard.cli.train import newest_model
from switchboard.clock import utc_now
from switchboard.errors import ConfigurationError
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


class Assistant:
    """The action server and the Rasa server, on databases of their own."""

    def __init__(self, folder: Path) -> None:
        self.shop, self._database = Shop(folder), folder / "switchboard.db"
        environment = {
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{self._database}",
            "SWITCHBOARD_ORDERS_URL": f"sqlite:///{self.shop.path}",
        }
        model = newest_model()
        if model is None:
            raise ConfigurationError("no trained model: run make train")
        self._actions = start_actions(some_free_port(), folder / "actions.log", environment)
        endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text())
        endpoints["action_endpoint"] = {"url": f"{self._actions.url}/webhook"}
        target = folder / "endpoints.yml"
        target.write_text(yaml.safe_dump(endpoints))
        port, log = some_free_port(), folder / "rasa.log"
        self._rasa = start_rasa(model, port, log, target, environment)
        self._actions.wait()
        self._rasa.wait(300)
        self._client = httpx.Client(base_url=self._rasa.url, timeout=60)

    def stop(self) -> None:
        """Both servers."""
        self._rasa.stop()
        self._actions.stop()

    def say(self, sender: str, text: str) -> list[str]:
        """Write as a customer; the texts of the answer."""
        said = {"sender": sender, "message": text}
        answer = self._client.post("/webhooks/rest/webhook", json=said)
        answer.raise_for_status()
        return [str(message.get("text") or "") for message in answer.json()]

    def forget_wrong_tries(self) -> None:
        """So that one conversation's do not lock an order for the next."""
        with sqlite3.connect(self._database, timeout=10) as db:
            db.execute("DELETE FROM identity_attempts")

    def tickets(self, sender: str) -> int:
        """How many tickets a conversation has."""
        query = "SELECT count(*) FROM tickets WHERE conversation_id = ?"
        with sqlite3.connect(self._database, timeout=10) as db:
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
