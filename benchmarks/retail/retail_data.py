"""Reads the benchmark's folder: the shop's data, the tasks, and the states that they should end in.

Two layouts are read: one with `db.json`, `tasks.json` and `expected.jsonl`, and the retail domain
of a tau2-bench checkout, which has no `expected.jsonl` and maybe several sets of tasks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.retail.retail_tools import (
    GIFT_CARD_TOO_LOW,
    NOT_ALLOWED,
    Db,
    Outcome,
    Record,
    ToolCall,
    replay,
)


@dataclass(frozen=True)
class KnownFacts:
    """What the customer can say of themselves; empty where the task does not tell."""

    name: str = ""
    zip: str = ""
    email: str = ""
    user_id: str = ""


@dataclass(frozen=True)
class RetailTask:
    """A task: who calls, why, the reference acts, and what the customer must be told."""

    id: str
    facts: KnownFacts
    reason_for_call: str
    known_info: str
    unknown_info: str
    task_instructions: str
    calls: tuple[ToolCall, ...]
    communicate_info: tuple[str, ...]


@dataclass(frozen=True)
class RetailBench:
    """The shop's data, its tasks, and the expected outcomes as far as the folder tells them."""

    db: Db
    tasks: tuple[RetailTask, ...]
    told: Mapping[str, Outcome] = field(default_factory=dict)

    def expected(self, task: RetailTask) -> Outcome:
        """The outcome that the folder tells, else what the reference acts leave."""
        return self.told.get(task.id) or replay(self.db, task.calls)

    def customer_of(self, task: RetailTask) -> str:
        """The id of the customer who calls: as told, as their facts say, or as the owner of an
        order in the reference acts; empty if nobody can be found."""
        if task.facts.user_id in self.db["users"]:
            return task.facts.user_id
        for user_id, user in self.db["users"].items():
            if _is_person(user, task.facts):
                return user_id
        owners = (self._owner(call) for call in task.calls)
        return next((owner for owner in owners if owner), "")

    def _owner(self, call: ToolCall) -> str:
        order = self.db["orders"].get(str(call.arguments.get("order_id")), {})
        return str(order.get("user_id") or call.arguments.get("user_id") or "")


def read_bench(folder: Path, split: str = "") -> RetailBench:
    """Read a folder; `split` names one of its sets of tasks, such as `test`."""
    db = json.loads((folder / "db.json").read_text(encoding="utf-8"))
    tasks = tuple(read_task(entry) for entry in _task_entries(folder, split))
    return RetailBench(db, tasks, _read_expected(folder / "expected.jsonl"))


def read_task(entry: Mapping[str, Any]) -> RetailTask:
    """Read one task, whatever it leaves out."""
    scenario = entry.get("user_scenario")
    told = scenario.get("instructions") if isinstance(scenario, Mapping) else scenario
    given: Mapping[str, Any] = told if isinstance(told, Mapping) else {"reason_for_call": told}
    criteria = entry.get("evaluation_criteria") or {}
    return RetailTask(
        id=str(entry.get("id", "")),
        facts=read_facts(given),
        reason_for_call=_text(given.get("reason_for_call")),
        known_info=_text(given.get("known_info")),
        unknown_info=_text(given.get("unknown_info")),
        task_instructions=_text(given.get("task_instructions")),
        calls=tuple(_call(action) for action in criteria.get("actions") or ()),
        communicate_info=tuple(map(str, criteria.get("communicate_info") or ())),
    )


_WORD = r"[^\W\d_a-z][\w'’-]*"
_NAME = re.compile(
    r"(?:\b(?:your|my|you) (?:full )?name(?: is|:)|\b(?:you are|you're|i am|i'm))\s+"
    rf"(?P<name>{_WORD}(?: (?:{_WORD}|de|del|la|van|von|der|bin|al))* {_WORD})"
)
_OPENING = re.compile(r"\b(?:Your|My|You|I)\b")
_ZIP = re.compile(r"\bzip(?:[ -]?code)?(?: is| of|:)?\s+(?P<zip>\d{5})\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_USER_ID = re.compile(r"\b[^\W\d_]+_[^\W\d_]+_\d{3,5}\b")
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
_ABOUT_SELF = re.compile(
    r"\b(?:your|my) (?:full )?(?:name|user|e-?mail|zip)|\b(?:you are|you're|i am|i'm)\b",
    re.IGNORECASE,
)


def read_facts(instructions: Mapping[str, Any]) -> KnownFacts:
    """The customer's own facts: those of `known_info`, else of the sentences of the whole text
    that speak of the customer, where other addresses stand too."""
    text = _text(instructions.get("known_info"))
    if not text.strip():
        everything = "\n".join(_text(value) for value in instructions.values())
        sentences = _SENTENCE_END.split(everything)
        text = "\n".join(sentence for sentence in sentences if _ABOUT_SELF.search(sentence))
    name = _NAME.search(_OPENING.sub(lambda word: word[0].lower(), text))
    code, email, user_id = _ZIP.search(text), _EMAIL.search(text), _USER_ID.search(text)
    stated = _text(instructions.get("user_id"))
    return KnownFacts(
        name=name["name"] if name else "",
        zip=code["zip"] if code else "",
        email=email[0] if email else "",
        user_id=stated or (user_id[0] if user_id else ""),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _call(action: Mapping[str, Any]) -> ToolCall:
    arguments = action.get("arguments") or action.get("kwargs") or {}
    return ToolCall(str(action.get("name", "")), dict(arguments))


def _is_person(user: Record, facts: KnownFacts) -> bool:
    if facts.email:
        return str(user["email"]).casefold() == facts.email.casefold()
    name = f"{user['name']['first_name']} {user['name']['last_name']}"
    same_name = bool(facts.name) and name.casefold() == facts.name.casefold()
    return same_name and str(user["address"]["zip"]) == facts.zip


def _task_entries(folder: Path, split: str) -> list[Mapping[str, Any]]:
    """The tasks of a split: a file of its own, or the ids that `split_tasks.json` lists."""
    own = folder / f"tasks_{split}.json"
    if split and own.exists():
        return _entries(own)
    if not split:
        whole = folder / "tasks.json"
        return _entries(whole if whole.exists() else folder / "tasks_test.json")
    splits = json.loads((folder / "split_tasks.json").read_text(encoding="utf-8"))
    wanted = set(map(str, splits[split]))
    return [task for task in _entries(folder / "tasks.json") if str(task.get("id")) in wanted]


def _entries(path: Path) -> list[Mapping[str, Any]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return list(data["tasks"] if isinstance(data, Mapping) else data)


def _read_expected(path: Path) -> dict[str, Outcome]:
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    return {str(e["id"]): Outcome(e["changed"], _refused(e["errors"])) for e in entries}


def _refused(errors: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """An error is the tool's name, a colon, and words; those of a gift card tell its reason."""
    told = (error.partition(":") for error in errors)
    return tuple(
        (name.strip(), GIFT_CARD_TOO_LOW if "gift card" in words else NOT_ALLOWED)
        for name, _, words in told
    )
