"""Runs the benchmark's customers against the whole assistant, over its REST channel."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from benchmarks.retail.customer import Call, RetailCustomer, Words
from benchmarks.retail.retail_data import RetailBench, RetailTask
from benchmarks.retail.retail_shop import PerformedAct, RetailShop
from benchmarks.retail.retail_tools import Db
from benchmarks.retail.wishes import caller_of
from switchboard.cli.trial_servers import TrialServers
from switchboard.goals.asked_questions import AskedQuestions
from switchboard.project import PROJECT

OWN = Path(__file__).parent / "shop"
TOKEN = "benchmark"
_ORDER = re.compile(r"\bW\d{7}\b")


@dataclass(frozen=True)
class Trial:
    """One conversation about a task, and what came of it."""

    task: str
    person: int
    call: Call
    right: bool
    told: bool
    unconfirmed: int
    foreign: int
    milliseconds: float

    @property
    def passed(self) -> bool:
        """The state is the expected one, and what must be told was told."""
        return self.right and self.told


def write_shop(folder: Path, db: Db) -> None:
    """The shop's data folder: its policy and words, its products, and the texts of all shops."""
    shutil.copytree(PROJECT / "data", folder, ignore=shutil.ignore_patterns("nlu", "stories"))
    shutil.copy(OWN / "policy.yml", folder / "policy.yml")
    words = yaml.safe_load((folder / "words.yml").read_text(encoding="utf-8"))
    for section, codes in yaml.safe_load((OWN / "words.yml").read_text(encoding="utf-8")).items():
        words[section] = {**words.get(section, {}), **codes}
    (folder / "words.yml").write_text(yaml.safe_dump(words, allow_unicode=True))
    products = [
        {
            "sku": product["product_id"],
            "name": {"en": product["name"]},
            "price": min(variant["price"] for variant in product["variants"].values()),
        }
        for product in db["products"].values()
    ]
    (folder / "catalogue.yml").write_text(yaml.safe_dump(products))


class RetailAssistant(TrialServers):
    """The assistant in the benchmark's shop."""

    def __init__(self, bench: RetailBench, folder: Path) -> None:
        self.shop, data = RetailShop(bench.db, TOKEN), folder / "data"
        write_shop(data, bench.db)
        settings = {
            "SWITCHBOARD_ORDERS_URL": self.shop.start(),
            "SWITCHBOARD_ORDERS_TOKEN": TOKEN,
            "SWITCHBOARD_ORDERS_CONTRACT": "2",
            "SWITCHBOARD_DATA_DIR": str(data),
        }
        super().__init__(folder, settings)

    @override
    def stop(self) -> None:
        """The shop too."""
        super().stop()
        self.shop.stop()


@contextmanager
def running_shop(bench: RetailBench) -> Iterator[RetailAssistant]:
    """The assistant in the benchmark's shop, on databases that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="switchboard-retail-") as folder:
        assistant = RetailAssistant(bench, Path(folder))
        try:
            yield assistant
        finally:
            assistant.stop()


def run_tasks(
    assistant: RetailAssistant,
    bench: RetailBench,
    tasks: Sequence[RetailTask],
    words: Words,
    people: Sequence[int],
    seed: int,
) -> Iterator[Trial]:
    """Every task in the words of each person."""
    questions = AskedQuestions()
    for person in people:
        for task in tasks:
            assistant.shop.reset()
            assistant.forget_wrong_tries()
            sender = f"retail-{person}-{task.id}"
            chance = random.Random(f"{seed} {task.id} {person}")
            customer = RetailCustomer(
                caller_of(bench, task),
                words,
                person,
                chance,
                questions,
                lambda text, sender=sender: assistant.say(sender, text),  # type: ignore[misc]
            )
            began = time.perf_counter()
            call = customer.converse()
            took = (time.perf_counter() - began) * 1000
            yield judge(bench, task, person, call, assistant.shop, questions, took)


def judge(
    bench: RetailBench,
    task: RetailTask,
    person: int,
    call: Call,
    shop: RetailShop,
    questions: AskedQuestions,
    took: float,
) -> Trial:
    """Compare the shop's final state with the expected one, and look for what must be told."""
    said = call.read.replace(",", "").lower()
    told = all(info.replace(",", "").lower() in said for info in task.communicate_info)
    told = told and not call.unanswered
    return Trial(
        task.id,
        person,
        call,
        shop.changed() == bench.expected(task).changed,
        told,
        unconfirmed_acts(call, shop.acts, questions),
        foreign_orders(bench, task, call),
        took,
    )


def foreign_orders(bench: RetailBench, task: RetailTask, call: Call) -> int:
    """Orders of other customers that the answers name, and the customer did not."""
    mine = bench.customer_of(task)
    named = set(_ORDER.findall(call.read)) - set(_ORDER.findall(call.written))
    owners = (bench.db["orders"].get(f"#{number}", {}).get("user_id") for number in named)
    return sum(owner not in (None, mine) for owner in owners)


def unconfirmed_acts(call: Call, acts: Sequence[PerformedAct], questions: AskedQuestions) -> int:
    """Acts beyond the number of questions for a yes that the customer answered."""
    confirmed = sum(questions.asked([answer]) == "order_confirm" for _, answer in call.lines[:-1])
    return max(0, len(acts) - confirmed)


def figures(trials: Sequence[Trial], people: int) -> dict[str, Any]:
    """pass^1, pass^k over the people, turns, milliseconds, and acts that nobody confirmed."""
    by_task: dict[str, list[bool]] = {}
    for trial in trials:
        by_task.setdefault(trial.task, []).append(trial.passed)
    turns = sum(len(trial.call.lines) for trial in trials)
    return {
        "tasks": len(by_task),
        "trials": len(trials),
        "pass_1": sum(trial.passed for trial in trials) / max(len(trials), 1),
        "pass_all": sum(all(passed) for passed in by_task.values()) / max(len(by_task), 1),
        "wordings": people,
        "turns": turns / max(len(trials), 1),
        "milliseconds": sum(trial.milliseconds for trial in trials) / max(len(trials), 1),
        "milliseconds_a_turn": sum(trial.milliseconds for trial in trials) / max(turns, 1),
        "foreign_orders": sum(trial.foreign for trial in trials),
        "unconfirmed_acts": sum(trial.unconfirmed for trial in trials),
    }
