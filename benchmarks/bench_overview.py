"""Benchmark of the overview: each page with 100,000 conversations of a year in the database.

Alone: `python -m benchmarks.bench_overview`.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import open_database
from switchboard.database.tables import (
    events,
    model_spending,
    open_turns,
    people,
    ratings,
    ticket_entries,
    tickets,
    turns,
    visit_scores,
)
from switchboard.desk.app import make_app
from switchboard.desk.desk_services import DeskServices, open_services
from switchboard.desk.overview_pages import SHEETS
from switchboard.overview.period import LENGTHS
from switchboard.overview.score_book import ScoreBook
from switchboard.settings import load_settings
from switchboard.staff.directory import Directory, Role

CONVERSATIONS, DAYS, ROUNDS = 100_000, 365, 3
PASSWORD = "only for this run"
BATCH = 2000
Figures = dict[str, float]
Rows = dict[str, list[dict[str, Any]]]

INTENTS = """track_order check_refund_policy delivery_period return_item cancel_order get_invoice
track_refund delivery_options payment_issue recover_password newsletter_subscription greet thank
""".split()
CHANNELS = ("telegram", "facebook", "socketio", "rest")
REASONS = ("asked", "anger", "displeased twice", "engine", "safety", "legal words")
ASKED = (
    "can I wash the {} in the machine",
    "how big is the {}",
    "does the {} come in {}",
    "is the {} safe for children",
    "what is the {} made of",
    "how do I clean stains off a {} {}",
    "do you ship the {} to the {} islands",
    "is there a spare part for the {} {}",
    "will the {} {} be back in stock",
    "who designed the {} {}",
)
THINGS = """lamp towel board kettle blanket cushion curtain knife bowl vase rug chair table mirror
candle basket mug plate pan duvet pillow shelf clock tray jug oven-glove apron mattress stool bench
""".split()
KINDS = "blue red green oak linen wool cotton small large round old new white black grey".split()


def _question(dice: random.Random) -> str:
    return dice.choice(ASKED).format(
        f"{dice.choice(KINDS)} {dice.choice(THINGS)}", dice.choice(KINDS)
    )


def _conversation(number: int, began: float, dice: random.Random, rows: Rows) -> None:
    """One conversation: one to five turns, some open, some handed over, some of those rated."""
    name, channel, at = f"{dice.choice(CHANNELS)}:{number}", dice.choice(CHANNELS), began
    handed = dice.random() < 0.12
    for _ in range(dice.randint(1, 5)):
        at += dice.uniform(20, 200)
        route = "open" if dice.random() < 0.3 else "known"
        turn = {
            "conversation_id": name,
            "at": at,
            "channel": channel,
            "route": route,
            "cause": "intent" if route == "known" else "unknown",
            "reason": "check_refund_policy 0.97",
            "intent": "nlu_fallback" if route == "open" else dice.choice(INTENTS),
            "mood": dice.random() ** 3,
            "level": "displeased" if dice.random() < 0.06 else "calm",
            "result": "asking" if dice.random() < 0.05 else "answered",
        }
        rows["turns"].append(turn)
        asked = ""
        if route == "open":
            rows["open_turns"].append(_open_turn(name, at + 1, dice))
            asked = rows["open_turns"][-1]["question"]
        rows["conversation_events"].append(_message(name, turn, asked, dice))
    if handed:
        rows["turns"].append({**turn, "at": at + 30, "route": "person", "cause": "asked"})
        _ticket(number, name, channel, at + 30, dice, rows)


def _message(name: str, turn: dict[str, Any], asked: str, dice: random.Random) -> dict[str, Any]:
    """What the customer wrote, in the size that Rasa's event of it has at least."""
    known = f"{turn['intent'].replace('_', ' ')} {dice.choice(KINDS)} {dice.choice(THINGS)}"
    parsed = {"intent": {"name": turn["intent"]}, "entities": [], "filler": "x" * 400}
    event = {"event": "user", "timestamp": turn["at"], "text": asked or known, "parse_data": parsed}
    row = {"conversation_id": name, "at": turn["at"], "kind": "user"}
    return {**row, "data": json.dumps(event)}


def _open_turn(name: str, at: float, dice: random.Random) -> dict[str, Any]:
    found = dice.choices(("model", "article", "nowhere", "ask", "flow"), (60, 15, 12, 5, 8))[0]
    cached = found == "model" and dice.random() < 0.2
    called = found == "model" and not cached
    return {
        "conversation_id": name,
        "at": at,
        "language": "en",
        "question": _question(dice),
        "outcome": found,
        "reason": "",
        "passage": "standard-delivery#0",
        "score": 0.5,
        "model": "a-model" if called else "",
        "cached": cached,
        "prompt_tokens": 2000 if called else 0,
        "completion_tokens": 80 if called else 0,
        "money": 0.0004 if called else 0.0,
        "milliseconds": 800.0,
    }


def _ticket(
    number: int, name: str, channel: str, at: float, dice: random.Random, rows: Rows
) -> None:
    taken = at + dice.expovariate(1 / 1800)
    answered, resolved = taken + dice.expovariate(1 / 600), taken + dice.expovariate(1 / 20000)
    mine, person = len(rows["tickets"]) + rows["numbers"][0]["tickets"] + 1, dice.randint(2, 12)
    texts = dict.fromkeys(("reason_text", "asked", "tried", "summary"), "a text of some words")
    rows["tickets"].append(
        {
            "id": mine,
            "reference": f"T-{number:06d}",
            "conversation_id": name,
            "channel": channel,
            "opened_at": at,
            "resolved_at": resolved,
            "resolution": "done",
            "reason": dice.choice(REASONS),
            "mood": dice.random(),
            "order_proved": False,
            "transcript": "line after line of what was said " * 20,
            "assignee_id": person,
            "taken_at": taken,
            "first_answer_at": answered,
            **texts,
        }
    )
    for kind, when in (("taken", taken), ("answer", answered), ("closed", resolved)):
        rows["ticket_entries"].append(
            {"ticket_id": mine, "person_id": person, "at": when, "kind": kind, "text": ""}
        )
    score = dice.randint(1, 5) if dice.random() < 0.4 else None
    rows["ratings"].append(
        {
            "ticket": f"T-{number:06d}",
            "conversation_id": name,
            "route": "person",
            "person_id": person,
            "asked_at": resolved,
            "answered_at": resolved + 60 if score else None,
            "score": score,
            "comment": "It went well, thank you." if score and dice.random() < 0.5 else None,
        }
    )


TABLES = {
    table.name: table for table in (turns, events, open_turns, tickets, ticket_entries, ratings)
}


def _batches(conversations: int, now: float, dice: random.Random) -> Iterator[Rows]:
    made, rows = 0, _empty(0)
    for number in range(conversations):
        began = now - DAYS * DAY * (1 - number / conversations)
        _conversation(number, began, dice, rows)
        if number % BATCH == BATCH - 1 or number == conversations - 1:
            made += len(rows["tickets"])
            yield rows
            rows = _empty(made)


def _empty(made: int) -> Rows:
    return {**{name: [] for name in TABLES}, "numbers": [{"tickets": made}]}


def fill(engine: Engine, conversations: int = CONVERSATIONS) -> None:
    """Fill an empty database with conversations spread over a year."""
    now, dice = epoch_now(), random.Random(7)
    for rows in _batches(conversations, now, dice):
        with engine.begin() as db:
            for name, table in TABLES.items():
                if rows[name]:
                    db.execute(sa.insert(table), rows[name])
    with engine.begin() as db:
        today = int(now // DAY)
        db.execute(
            sa.insert(model_spending),
            [{"day": today - n, "tokens": 90_000, "money": 0.05} for n in range(DAYS)],
        )
        db.execute(
            sa.insert(people),
            [
                {
                    "id": number,
                    "login": f"agent{number}",
                    "name": f"Agent {number}",
                    "role": "agent",
                    "password_hash": "",
                    "active": True,
                    "created_at": now,
                }
                for number in range(2, 13)
            ],
        )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _pages(services: DeskServices) -> Figures:
    client = TestClient(make_app(services), base_url="http://desk.example")
    Directory(services.engine).add("bench", "Bench", Role.SUPERVISOR, PASSWORD, None)
    client.post("/sign-in", data={"login": "bench", "password": PASSWORD})
    times = {}
    for sheet in SHEETS:
        for days in LENGTHS:
            address = f"/overview/{sheet}?days={days}"
            if client.get(address).status_code != 200:
                raise RuntimeError(f"{address} was refused")
            rounds = [_seconds(lambda: client.get(address)) for _ in range(ROUNDS)]  # noqa: B023
            times[f"{sheet} {days}"] = statistics.median(rounds)
    return times


def _scored(services: DeskServices) -> Figures:
    """Conversations that get a score in a minute, seconds for all others without comparing what was
    written, seconds of the export of all, and megabytes that the process holds more at its peak."""
    before = _peak()
    took = _seconds(lambda: services.scores.refresh(60.0))
    figures = {"scored a minute": 60 * _count(services.engine) / took}
    wordless = ScoreBook(services.engine, lambda: None)
    figures["others scored"] = _seconds(lambda: wordless.refresh(float("inf")))
    figures["scored again"] = _seconds(services.scores.refresh)
    figures["memory for scores"] = _peak() - before
    before, year = _peak(), services.overview.period(LENGTHS[-1])
    figures["scores exported"] = _seconds(lambda: sum(map(len, services.overview.scores(year))))
    figures["memory for the export"] = _peak() - before
    return figures


def _count(engine: Engine) -> int:
    with engine.connect() as db:
        return int(db.execute(sa.select(sa.func.count()).select_from(visit_scores)).scalar() or 0)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(scratch: Path, conversations: int = CONVERSATIONS) -> Figures:
    """Fill a database, sum it up as the desk's background tasks do, and time each page; seconds."""
    url = f"sqlite:///{scratch / 'overview.db'}"
    engine = open_database(url)
    fill(engine, conversations)
    engine.dispose()
    services = open_services(load_settings({"SWITCHBOARD_DATABASE_URL": url}))
    figures = {
        "summed up": _seconds(services.visits.refresh) + _seconds(services.daily_sums.refresh),
        "summed up again": _seconds(services.visits.refresh)
        + _seconds(services.daily_sums.refresh),
        **_scored(services),
        "questions grouped": _seconds(services.question_groups.refresh),
        "questions grouped again": _seconds(services.question_groups.refresh),
    }
    figures.update(_pages(services))
    services.engine.dispose()
    return figures


def report(figures: Figures) -> str:
    """The figures as Markdown."""
    lines = ["", f"## The overview, with {CONVERSATIONS:,} conversations of a year", ""]
    lines += [
        f"| page | {' | '.join(f'{days} days' for days in LENGTHS)} | target |",
        "|---" * 6 + "|",
    ]
    for sheet in SHEETS:
        cells = " | ".join(f"{figures[f'{sheet} {days}'] * 1000:.0f} ms" for days in LENGTHS)
        lines.append(f"| {sheet} | {cells} | 1,000 ms |")
    told = [
        *("summed up", "summed up again", "others scored", "scored again", "scores exported"),
        *("questions grouped", "questions grouped again"),
    ]
    lines += ["", "| background | |", "|---|---|"]
    lines += [f"| {name} | {figures[name]:.1f} s |" for name in told]
    lines.append(f"| scored a minute | {figures['scored a minute']:,.0f} |")
    held = ("memory for scores", "memory for the export")
    lines += [f"| {name} | {figures[name]:.0f} MB |" for name in held]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure in a folder of its own and print the report."""
    scratch = Path(tempfile.mkdtemp(prefix="overview-"))
    try:
        print(report(measure(scratch)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
