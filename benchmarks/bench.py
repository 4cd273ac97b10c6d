"""`make bench`: Switchboard beside Rasa's defaults on the same data, in one run.

Both answer the same questions over REST on this machine, one after the other, with the same
action server. The report is `reports/bench.md` and `.json`; times are wall-clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import httpx
import psutil
import yaml

from benchmarks import (
    bench_channels,
    bench_components,
    bench_desk,
    bench_open,
    bench_overview,
    bench_workers,
)
from benchmarks import rasa_defaults as baseline
from benchmarks.nlu_data import read_nlu
from switchboard.cli.processes import Server, some_free_port, start_actions, start_rasa
from switchboard.cli.trial_servers import REST_HEADERS, REST_SETTING
from switchboard.orders import demo_seed as seed
from switchboard.project import PROJECT
from switchboard.settings import load_settings

REPORTS = PROJECT / "reports"
FIXED = "what is your refund policy"
ACTION = "what does it cost to cancel an order"
TURNS = 120
SENDERS = (1, 8, 32)


@dataclass
class Figures:
    """The figures of one assistant. Times in milliseconds unless the name says seconds."""

    train_seconds: float = 0.0
    start_seconds: float = 0.0
    rss_mb: float = 0.0
    again_p50: float = 0.0
    fixed_p50: float = 0.0
    fixed_p95: float = 0.0
    chinese_p50: float = 0.0
    chinese_p95: float = 0.0
    action_p50: float = 0.0
    action_p95: float = 0.0
    at_25_events: float = 0.0
    at_1000_events: float = 0.0
    unanswered: int = 0
    per_second: dict[str, float] = field(default_factory=dict)


class Client:
    """A client of a server's REST channel."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=120, headers=REST_HEADERS)
        self.unanswered = 0

    async def say(self, sender: str, text: str) -> float:
        """Milliseconds until the answer. An empty one is counted: a baseline of few epochs leaves
        some wordings without one."""
        started = time.perf_counter()
        body = {"sender": sender, "message": text}
        answer = await self._http.post("/webhooks/rest/webhook", json=body)
        elapsed = (time.perf_counter() - started) * 1000
        self.unanswered += answer.status_code == 200 and not answer.json()
        if answer.status_code != 200:
            raise RuntimeError(f"no answer to {text!r}: {answer.status_code} {answer.text[:200]}")
        return elapsed

    async def turns(self, texts: Sequence[str], prefix: str) -> list[float]:
        """Times of `TURNS` turns, ten in each conversation, after a warm-up; each of another text
        where there are that many."""
        for index in range(10):
            await self.say(f"{prefix}-warm", texts[index % len(texts)])
        chosen = [texts[(index + 10) % len(texts)] for index in range(TURNS)]
        return [await self.say(f"{prefix}-{i // 10}", text) for i, text in enumerate(chosen)]

    async def throughput(self, senders: int) -> float:
        """Turns per second with this many concurrent customers."""

        async def customer(name: str) -> None:
            for _ in range(10 if senders > 1 else 40):
                await self.say(name, FIXED)

        started = time.perf_counter()
        await asyncio.gather(*(customer(f"load-{senders}-{i}") for i in range(senders)))
        return senders * (10 if senders > 1 else 40) / (time.perf_counter() - started)

    async def long_conversation(self) -> tuple[float, float]:
        """Median of five turns after about 25 and after about 1,000 events."""
        # A fixed answer is five events: message, featurization, action, utterance, listen.
        for _ in range(5):
            await self.say("long", FIXED)
        early = [await self.say("long", FIXED) for _ in range(5)]
        for _ in range(190):
            await self.say("long", FIXED)
        late = [await self.say("long", FIXED) for _ in range(5)]
        return statistics.median(early), statistics.median(late)


def wordings(language: str) -> list[str]:
    """Questions with one fixed answer, each in other words: what was heard before is kept."""
    asked = [e for e in read_nlu() if e.intent == "check_refund_policy" and e.mood != "angry"]
    return [e.text for e in asked if e.language == language][: TURNS + 10]


def percentile(times: list[float], share: float) -> float:
    """A percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


async def drive(url: str, started: float, figures: Figures) -> None:
    """Run all measurements, equal for both assistants."""
    client = Client(url)
    await client.say("first", FIXED)
    figures.start_seconds = time.perf_counter() - started
    english, chinese_texts = (wordings(language) for language in ("en", "zh"))
    fixed = await client.turns(english, "fixed")
    figures.again_p50 = statistics.median(await client.turns([FIXED], "again"))
    chinese = await client.turns(chinese_texts, "chinese")
    action = await client.turns([ACTION], "action")
    figures.fixed_p50, figures.fixed_p95 = statistics.median(fixed), percentile(fixed, 0.95)
    figures.chinese_p50, figures.chinese_p95 = statistics.median(chinese), percentile(chinese, 0.95)
    figures.action_p50, figures.action_p95 = statistics.median(action), percentile(action, 0.95)
    for senders in SENDERS:
        figures.per_second[str(senders)] = await client.throughput(senders)
    figures.at_25_events, figures.at_1000_events = await client.long_conversation()
    figures.unanswered = client.unanswered


def measure(model: Path, endpoints: Path, actions: Server, scratch: Path) -> Figures:
    """Start a Rasa server on a model and measure it."""
    figures = Figures()
    content = yaml.safe_load(endpoints.read_text())
    content["action_endpoint"] = {"url": f"{actions.url}/webhook"}
    target = scratch / f"endpoints-{model.stem}.yml"
    target.write_text(yaml.safe_dump(content))
    database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{scratch / 'bench.db'}"}
    environment = {**database, **REST_SETTING}
    started = time.perf_counter()
    log = scratch / f"{model.stem}.log"
    server = start_rasa(model, some_free_port(), log, target, environment)
    try:
        server.wait(300)
        asyncio.run(drive(server.url, started, figures))
        figures.rss_mb = psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.stop()
    return figures


def project_copy(folder: Path) -> Path:
    """Copy this project without its models, to time a training from scratch."""
    shutil.copytree(
        PROJECT,
        folder,
        ignore=shutil.ignore_patterns(".venv", ".git", "models", "reports", "var", ".rasa"),
    )
    (folder / "var").symlink_to(PROJECT / "var")
    return folder


ROWS = (
    ("turn, fixed answer, always in other words, p50 (ms)", "fixed_p50", 1 / 3),
    ("turn, fixed answer, p95 (ms)", "fixed_p95", None),
    ("the same question in the same words, p50 (ms)", "again_p50", 1 / 3),
    ("the same in Chinese, in other words, p50 (ms)", "chinese_p50", 1 / 3),
    ("the same in Chinese, p95 (ms)", "chinese_p95", None),
    ("turn with an action, p50 (ms)", "action_p50", 1 / 3),
    ("turn with an action, p95 (ms)", "action_p95", None),
    ("training (s), the baseline on a sample", "train_seconds", None),
    ("start to first reply (s)", "start_seconds", 1 / 2),
    ("memory of the Rasa server (MB)", "rss_mb", None),
    ("turn at 25 events (ms)", "at_25_events", None),
    ("turn at 1,000 events (ms)", "at_1000_events", None),
)


def report(ours: Figures, theirs: Figures) -> str:
    """The figures side by side, with their ratios and targets."""
    lines = [
        "# Speed and memory",
        "",
        f"{date.today().isoformat()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Baseline: what `rasa init` trains with, on at most "
        f"{baseline.EXAMPLES} of our examples an intent and language, with Rasa's in-memory "
        "tracker store; Switchboard keeps every event in SQLite.",
        "",
        "| | Switchboard | Rasa's defaults | ratio | target |",
        "|---|---|---|---|---|",
    ]
    for label, name, target in ROWS:
        mine, other = getattr(ours, name), getattr(theirs, name)
        wanted = "" if target is None else f"at most {target:.2f}"
        lines.append(f"| {label} | {mine:.1f} | {other:.1f} | {mine / other:.2f} | {wanted} |")
    for senders in map(str, SENDERS):
        mine, other = ours.per_second[senders], theirs.per_second[senders]
        label = f"turns a second, {senders} customers at once"
        lines.append(f"| {label} | {mine:.0f} | {other:.0f} | {mine / other:.2f} | |")
    growth = ours.at_1000_events / ours.at_25_events
    lines += ["", f"Turns without any answer: {ours.unanswered} and {theirs.unanswered}."]
    lines += ["", f"A turn after 1,000 events costs {growth:.2f} times one after 25 (target: 2)."]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure both and write the report."""
    parser = argparse.ArgumentParser(description="Measure Switchboard beside Rasa's defaults.")
    parser.add_argument(
        "--epochs",
        type=int,
        default=100,
        help="of the baseline's training; with fewer than Rasa's 100, ignore the training row",
    )
    parser.add_argument(
        "--search", type=int, nargs="*", default=bench_open.SIZES, help="passages to search among"
    )
    given = parser.parse_args()
    epochs = given.epochs
    REPORTS.mkdir(exist_ok=True)
    seed.fill_if_empty(load_settings())
    scratch = Path(tempfile.mkdtemp(prefix="switchboard-bench-"))
    database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{scratch / 'bench.db'}"}
    environment = {**database, **REST_SETTING}
    actions = start_actions(some_free_port(), scratch / "actions.log", environment)
    try:
        baseline.write_project(scratch / "baseline", epochs)
        models, times = [], []
        for folder in (project_copy(scratch / "project"), scratch / "baseline"):
            print(f"training {folder.name} ...", flush=True)
            started = time.perf_counter()
            models.append(baseline.train(folder, scratch / f"train-{folder.name}.log"))
            times.append(time.perf_counter() - started)
        actions.wait()
        stock = scratch / "stock-endpoints.yml"
        stock.write_text("{}")
        print("measuring ...", flush=True)
        ours = measure(models[0], PROJECT / "endpoints.yml", actions, scratch)
        theirs = measure(models[1], stock, actions, scratch)
        ours.train_seconds, theirs.train_seconds = times
    finally:
        actions.stop()
    components = bench_components.measure(models[0], wordings("en"))
    print("measuring open questions ...", flush=True)
    opened = bench_open.measure(models[0], scratch, given.search)
    print("measuring channels ...", flush=True)
    channels = bench_channels.measure(models[0], scratch)
    print("measuring the desk ...", flush=True)
    desk = bench_desk.measure(models[0], scratch)
    print("measuring several servers ...", flush=True)
    workers = bench_workers.measure(models[0], scratch)
    print("measuring the overview ...", flush=True)
    overview = bench_overview.measure(scratch)
    text = report(ours, theirs) + bench_components.report(components) + bench_open.report(opened)
    text += bench_channels.report(channels) + bench_desk.report(desk)
    text += bench_workers.report(workers) + bench_overview.report(overview)
    (REPORTS / "bench.md").write_text(text)
    figures = {"switchboard": asdict(ours), "baseline": asdict(theirs), "open": opened}
    figures["channels"], figures["desk"], figures["components"] = channels, desk, components
    figures["overview"], figures["workers"] = overview, workers
    (REPORTS / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(text)
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
