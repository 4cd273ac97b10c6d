"""Benchmark of several Rasa servers on one PostgreSQL and one Redis: what each adds, and what is
lost while they are killed; stock Rasa with its Redis lock beside them.

The fake platform runs in this process and delivers to any server, as a proxy passes it on (one that
says nothing is passed over, as in `deploy/Caddyfile`); what no server acknowledges it delivers
again, as platforms do.
"""

from __future__ import annotations

import itertools
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import sqlalchemy as sa
import yaml

from benchmarks.bench_channels import OUR_CONNECTOR, QUESTIONS, Figures, answered, count_answers
from switchboard.cli.processes import Server, some_free_port, start_actions, start_rasa
from switchboard.cli.train import newest_model
from switchboard.project import PROJECT
from tests.fakes import graph_server as facebook
from tests.fakes.postgres import Postgres
from tests.fakes.redis_server import RedisServer

CUSTOMERS, EACH = 500, 4
STOCK_CUSTOMERS = 40
DELIVERIES = 32
KILL_EVERY = 10.0
KILLS = 6
OPEN_QUESTIONS = (
    "can I put the stoneware mugs in the dishwasher?",
    "how do I season the cast iron pan?",
    "at how many degrees may I wash the towels?",
    "do you buy back old coffee machines for recycling?",
)
"""Answered by the action server, from the articles."""
FROZEN, FREEZES = 20.0, 2
AWAY = 3.0
PROXY_SECONDS = 2.0
"""For which the proxy waits for a server before it gives the delivery to the next."""
STOCK_SECONDS = 20.0
"""The same for stock Rasa, whose connector acknowledges a message when its turn is done."""
PATIENCE = 600.0
STOCK = "benchmarks.stock_facebook.FacebookInput"


@dataclass
class Fleet:
    """Servers on one database; `stock`: Rasa's own connector, lock and tracker store."""

    model: Path
    folder: Path
    size: int
    stock: bool = False
    questions: tuple[str, ...] = QUESTIONS
    workers: list[Server] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start everything, and wait for it."""
        self.folder.mkdir(parents=True)
        self.graph = facebook.FakeGraph()
        self.graph.lenient = self.stock
        # One for all: to make a client takes 50 ms of CPU.
        self.http = httpx.Client(timeout=STOCK_SECONDS if self.stock else PROXY_SECONDS)
        postgres = Postgres.start()
        if postgres is None:
            raise RuntimeError("PostgreSQL's server is not installed")
        self.postgres, self.redis = postgres, RedisServer()
        if not self.stock:
            self._echoes = ThreadPoolExecutor(DELIVERIES, "echo")
            self.graph.echo = lambda event: self._echoes.submit(_deliver, self, event)
        for name in ("ours", "theirs"):
            self._make_database(name)
        self.environment = {
            **self.graph.environment,
            "SWITCHBOARD_DATABASE_URL": f"{self.postgres.url}/ours",
            "SWITCHBOARD_REDIS_URL": self.redis.url,
            "SWITCHBOARD_FILES_DIR": str(self.folder / "files"),
        }
        self._actions_port = some_free_port()
        self.actions = self.start_actions()
        self.endpoints, self.credentials = self._write_files()
        self.actions.wait()
        self._numbers = itertools.count()
        for _ in range(self.size):
            self.workers.append(self.start_worker())
            self.workers[-1].wait(300)

    def start_actions(self) -> Server:
        """The action server; does not wait for it."""
        log = self.folder / "actions.log"
        return start_actions(self._actions_port, log, self.environment)

    def start_worker(self, port: int = 0) -> Server:
        """One more server; does not wait for it."""
        log = self.folder / f"rasa-{next(self._numbers)}.log"
        more = ("--credentials", str(self.credentials))
        return start_rasa(
            self.model, port or some_free_port(), log, self.endpoints, self.environment, more
        )

    def stop(self) -> None:
        """End everything."""
        if not self.stock:
            self._echoes.shutdown(cancel_futures=True)
        for server in (*self.workers, self.actions):
            server.stop(force=True)
        self.redis.stop()
        self.postgres.stop()
        self.graph.close()
        self.http.close()

    def _make_database(self, name: str) -> None:
        url = f"{self.postgres.url}/postgres"
        with sa.create_engine(url, isolation_level="AUTOCOMMIT").connect() as db:
            db.exec_driver_sql(f"CREATE DATABASE {name}")

    def _write_files(self) -> tuple[Path, Path]:
        endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text())
        endpoints["action_endpoint"] = {"url": f"{self.actions.url}/webhook"}
        credentials: dict[str, Any] = {OUR_CONNECTOR: None}
        if self.stock:
            redis, database = (
                {"url": "127.0.0.1", "port": self.redis.port},
                sa.engine.make_url(self.postgres.url),
            )
            endpoints["lock_store"] = {"type": "redis", **redis}
            endpoints["tracker_store"] = {
                "type": "SQL",
                "dialect": "postgresql",
                "url": f"127.0.0.1:{database.port}",
                "username": database.username,
                "db": "theirs",
            }
            given = {"verify": facebook.VERIFY, "secret": facebook.SECRET}
            credentials = {STOCK: {**given, "page-access-token": facebook.TOKEN}}
        paths = self.folder / "endpoints.yml", self.folder / "credentials.yml"
        for path, content in zip(paths, (endpoints, credentials), strict=True):
            path.write_text(yaml.safe_dump(content))
        return paths


def _write(fleet: Fleet, number: int) -> None:
    """One customer's messages in order, each until somebody acknowledges it."""
    for turn in range(EACH):
        question = fleet.questions[(number + turn) % len(fleet.questions)]
        _deliver(fleet, facebook.said(number, question))


def _deliver(fleet: Fleet, event: dict[str, Any]) -> None:
    name = "X-Hub-Signature" if fleet.stock else "X-Hub-Signature-256"
    sign = facebook.sign_sha1 if fleet.stock else facebook.sign
    data = httpx.Request("POST", "http://x", json=facebook.batch(event)).read()
    headers = {name: sign(data), "Content-Type": "application/json"}
    deadline = time.monotonic() + PATIENCE
    number = random.randrange(len(fleet.workers))
    while time.monotonic() < deadline:
        url = f"{fleet.workers[number % len(fleet.workers)].url}/webhooks/facebook/webhook"
        try:
            if fleet.http.post(url, content=data, headers=headers).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        number += 1
        time.sleep(0.3)


def _kill(fleet: Fleet) -> int:
    """Kill one server after the other, and restart PostgreSQL and Redis once; how many kills.

    Runs in the main thread, to which the servers' lives are bound.
    """
    for kill in range(KILLS):
        time.sleep(KILL_EVERY)
        index = kill % len(fleet.workers)
        fleet.workers[index].stop(force=True)
        fleet.workers[index] = fleet.start_worker(fleet.workers[index].port)
        if kill == 2:
            fleet.postgres.restart()
        if kill == 4:
            fleet.redis.stop()
            time.sleep(1.0)
            fleet.redis.start()
    return KILLS


def _kill_actions(fleet: Fleet) -> int:
    """Kill the action server again and again."""
    for _ in range(KILLS):
        time.sleep(KILL_EVERY)
        fleet.actions.stop(force=True)
        time.sleep(AWAY)
        fleet.actions = fleet.start_actions()
    return KILLS


def _freeze(fleet: Fleet) -> int:
    """Freeze one server after the other for longer than its leases."""
    for number in range(FREEZES):
        time.sleep(KILL_EVERY)
        with _stopped(fleet.workers[number % len(fleet.workers)].pid):
            time.sleep(FROZEN)
    return FREEZES


def _silence(fleet: Fleet) -> int:
    """PostgreSQL says nothing for longer than leases last, and goes on."""
    for _ in range(FREEZES):
        time.sleep(KILL_EVERY)
        with _stopped(*fleet.postgres.processes()):
            time.sleep(FROZEN)
    return FREEZES


@contextmanager
def _stopped(*pids: int) -> Iterator[None]:
    stopped = [psutil.Process(pid) for pid in pids]
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            process.resume()


FAULTS = {
    "servers killed": _kill,
    "action server killed": _kill_actions,
    "servers frozen": _freeze,
    "PostgreSQL silent": _silence,
}


def _memory(fleet: Fleet) -> tuple[float, float]:
    """Megabytes of a worker: resident, and its share of what is shared (proportional set size)."""
    found = [psutil.Process(worker.pid).memory_full_info() for worker in fleet.workers]
    return (
        max(one.rss for one in found) / 1e6,
        sum(one.pss for one in found) / len(found) / 1e6,
    )


def _processor_seconds(fleet: Fleet) -> float:
    times = [psutil.Process(worker.pid).cpu_times() for worker in fleet.workers]
    return float(sum(one.user + one.system for one in times))


def measure_fleet(
    model: Path, folder: Path, size: int, faults: str = "", stock: bool = False
) -> Figures:
    """One fleet under the load of all customers, and one of the `FAULTS`."""
    asked = OPEN_QUESTIONS if faults == "action server killed" else QUESTIONS
    fleet = Fleet(model, folder, size, stock, asked)
    try:
        before = 0.0 if faults else _processor_seconds(fleet)
        customers = STOCK_CUSTOMERS if stock else CUSTOMERS
        numbers, total = range(7000, 7000 + customers), customers * EACH
        started, hits = time.perf_counter(), 0
        with ThreadPoolExecutor(DELIVERIES) as pool:
            given = [pool.submit(_write, fleet, number) for number in numbers]
            if faults:
                hits = FAULTS[faults](fleet)
            for one in given:
                one.result()
        accepted = time.perf_counter() - started
        deadline = time.monotonic() + (PATIENCE if not stock else 60)
        while answered(fleet.graph, numbers, EACH) < total and time.monotonic() < deadline:
            time.sleep(0.5)
        seconds = time.perf_counter() - started
        used = 0.0 if faults else _processor_seconds(fleet) - before
        time.sleep(5)  # for possible duplicates
        resident, share = _memory(fleet)
        return {
            "workers": size,
            "messages": total,
            "faults": hits,
            "accepted_seconds": accepted,
            "seconds": seconds,
            "processor_ms": used / total * 1000,
            "resident_mb": resident,
            "share_mb": share,
            **count_answers(fleet.graph, numbers, EACH),
        }
    finally:
        fleet.stop()


def measure(model: Path, scratch: Path) -> dict[str, Figures]:
    """Fleets of 1, 2 and 4, then the faults; stock Rasa, whole and killed."""
    wanted: list[tuple[str, int, str, bool]] = [
        *((f"{size} servers", size, "", False) for size in (1, 2, 4)),
        ("4 servers, servers killed", 4, "servers killed", False),
        *((f"2 servers, {fault}", 2, fault, False) for fault in FAULTS),
        ("stock Rasa, 2 servers", 2, "", True),
        ("stock Rasa, 2 servers, servers killed", 2, "servers killed", True),
    ]
    found = {}
    for number, (name, size, fault, stock) in enumerate(wanted):
        found[name] = measure_fleet(model, scratch / str(number), size, fault, stock)
        print(f"{number + 1} of {len(wanted)}: {name}", flush=True)
    return found


def report(figures: dict[str, Figures]) -> str:
    """The figures as Markdown."""
    lines = [
        "",
        f"## Several servers: {CUSTOMERS} customers, {EACH} messages each",
        "",
        "On one PostgreSQL and one Redis; the platform tells its apps what they sent. "
        f"Servers killed: one each {KILL_EVERY:.0f} s, PostgreSQL and Redis restarted once. "
        f"Frozen, silent: for {FROZEN:.0f} s, longer than a lease. The action server was away for "
        f"{AWAY:.0f} s and the time of its start, and all questions were ones for it. Stock Rasa: "
        f"{STOCK_CUSTOMERS} customers, {STOCK_SECONDS:.0f} s before a delivery goes to the next.",
        "",
        "| | lost / doubled / out of order | told to wait | faults | answered in all (s) "
        "| messages a second | CPU a message (ms) | a server (MB): resident / its share |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, f in figures.items():
        used = f"{f['processor_ms']:.0f}" if f["processor_ms"] else ""
        cells = [
            name,
            f"{f['lost']:.0f} / {f['doubled']:.0f} / {f['disordered']:.0f}",
            f"{f['told_to_wait']:.0f}",
            f"{f['faults']:.0f}",
            f"{f['seconds']:.0f}",
            f"{f['messages'] / f['seconds']:.1f}",
            used,
            f"{f['resident_mb']:.0f} / {f['share_mb']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    one = figures.get("1 servers")
    if one and one["processor_ms"]:
        cores = 1000 / one["processor_ms"]
        lines += ["", f"By CPU alone, a core answers {cores:.0f} messages a second."]
    return "\n".join([*lines, ""])


def main() -> None:
    """This part of the benchmark alone: `python -m benchmarks.bench_workers`."""
    model = newest_model()
    if model is None:
        raise SystemExit("no trained model: run make train")
    with tempfile.TemporaryDirectory() as scratch:
        print(report(measure(model, Path(scratch))))


if __name__ == "__main__":
    main()
