"""Benchmark of Messenger under load, with a platform latency of one second; Rasa's beside it.

The fake platform runs in this process; no figure here is the real one's time.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import socketio
import yaml

from switchboard.cli.processes import Server, some_free_port, start_actions, start_rasa
from switchboard.cli.trial_servers import REST_HEADERS, REST_SETTING
from tests.fakes import graph_server as facebook

LATENCY = 1.0
DELIVERIES = 8  # concurrent calls of the platform
CUSTOMERS, EACH = 200, 10
STOCK_CUSTOMERS, STOCK_EACH = 6, 4
QUESTIONS = (
    "what is your refund policy",
    "which payment methods do you take",
    "how long does delivery take",
    "which delivery options are there",
)
NOTICE, WAIT = "automated assistant", "One moment"
OUR_CONNECTOR = "switchboard.channels.facebook.facebook_input.FacebookInput"
Figures = dict[str, float]


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Visitor:
    """A customer in the web chat."""

    def __init__(self, url: str) -> None:
        self._socket, self._answered = socketio.Client(), threading.Event()
        self._begun, self._number = threading.Event(), 0
        self._socket.on("session_history", lambda _: self._begun.set())
        self._socket.on("bot_uttered", lambda _: self._answered.set())
        self._socket.connect(url)
        self._socket.emit("session_request", {})
        self._begun.wait(10)

    def ask(self) -> float:
        """Milliseconds of one turn."""
        self._answered.clear()
        self._number += 1
        started = time.perf_counter()
        said = {"message": QUESTIONS[0], "message_id": str(self._number)}
        self._socket.emit("user_uttered", said)
        if not self._answered.wait(120):
            raise RuntimeError("no answer on the page")
        return (time.perf_counter() - started) * 1000

    def leave(self) -> None:
        """Close the page."""
        self._socket.disconnect()


def ask_over_rest(url: str) -> float:
    """Milliseconds of one turn over the `rest` channel."""
    started = time.perf_counter()
    body = {"sender": f"idle-{random.random()}", "message": QUESTIONS[0]}
    answer = httpx.post(
        f"{url}/webhooks/rest/webhook", json=body, headers=REST_HEADERS, timeout=300
    )
    answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def _customer(url: str, number: int, each: int, signature: str) -> list[float]:
    """Deliver one customer's messages in order; milliseconds to each acknowledgement."""
    times = []
    with httpx.Client(timeout=600) as http:
        for turn in range(each):
            event = facebook.said(number, QUESTIONS[(number + turn) % len(QUESTIONS)])
            data = httpx.Request("POST", url, json=facebook.batch(event)).read()
            signed = facebook.sign(data) if signature == "sha256" else facebook.sign_sha1(data)
            name = "X-Hub-Signature-256" if signature == "sha256" else "X-Hub-Signature"
            headers = {name: signed, "Content-Type": "application/json"}
            started = time.perf_counter()
            answer = http.post(f"{url}/webhooks/facebook/webhook", content=data, headers=headers)
            times.append((time.perf_counter() - started) * 1000)
            answer.raise_for_status()
    return times


def _load(
    url: str,
    graph: facebook.FakeGraph,
    customers: int,
    each: int,
    signature: str,
    ask: Callable[[], float],
) -> Figures:
    for _ in range(3):
        ask()
    idle = [ask() for _ in range(20)]
    busy: list[float] = []
    done = threading.Event()

    def meanwhile() -> None:
        while not done.is_set():
            busy.append(ask())
            time.sleep(0.2)

    beside = threading.Thread(target=meanwhile)
    beside.start()
    started = time.perf_counter()
    numbers = range(5000, 5000 + customers)
    with ThreadPoolExecutor(DELIVERIES) as pool:
        given = list(pool.map(lambda n: _customer(url, n, each, signature), numbers))
    accepted = time.perf_counter() - started
    total, deadline = customers * each, time.monotonic() + 300
    while len(graph.sent) < total and time.monotonic() < deadline:
        time.sleep(0.1)
    seconds = time.perf_counter() - started
    done.set()
    beside.join()
    time.sleep(2)  # for possible duplicates
    acknowledged = [value for times in given for value in times]
    return {
        "messages": total,
        "accepted_seconds": accepted,
        "seconds": seconds,
        "ack_p50": statistics.median(acknowledged),
        "ack_p99": _percentile(acknowledged, 0.99),
        "ack_max": max(acknowledged),
        "idle_p50": statistics.median(idle),
        "busy_p50": statistics.median(busy),
        **count_answers(graph, numbers, each),
    }


def count_answers(graph: facebook.FakeGraph, numbers: range, each: int) -> Figures:
    """Count lost, doubled and reordered answers; an answer is recognised by its text."""
    lost = doubled = disordered = 0
    heard = _heard(graph, numbers)
    for texts, wanted in _given_and_wanted(heard, each):
        missing, more = Counter(wanted) - Counter(texts), Counter(texts) - Counter(wanted)
        lost, doubled = lost + missing.total(), doubled + more.total()
        disordered += not missing and not more and texts != wanted
    told = sum(text == WAIT for texts in heard.values() for text in texts)
    return {"lost": lost, "doubled": doubled, "disordered": disordered, "told_to_wait": told}


def answered(graph: facebook.FakeGraph, numbers: range, each: int) -> int:
    """How many messages have their answer; one that asks to wait, or a doubled one, is none."""
    heard = _heard(graph, numbers)
    found = _given_and_wanted(heard, each)
    return sum((Counter(wanted) & Counter(texts)).total() for texts, wanted in found)


def _heard(graph: facebook.FakeGraph, numbers: range) -> dict[int, list[str]]:
    texts = graph.texts_by_chat()
    return {n: [_bare(text) for text in texts.get(str(n), ())] for n in numbers}


def _given_and_wanted(
    heard: dict[int, list[str]], each: int
) -> Iterator[tuple[list[str], list[str]]]:
    """Of each customer the answers, and those that the questions usually get."""
    answers = {n: [text for text in texts if text != WAIT] for n, texts in heard.items()}
    kinds = len(QUESTIONS)
    counted = [Counter[str]() for _ in range(kinds)]
    for number, texts in answers.items():
        for turn, text in enumerate(texts):
            counted[(number + turn) % kinds][text] += 1
    usual = [max(texts, key=texts.__getitem__, default="") for texts in counted]
    for number, texts in answers.items():
        yield texts, [usual[(number + turn) % kinds] for turn in range(each)]


def _bare(text: str) -> str:
    """An answer without the notice that stands before a conversation's first one."""
    if text.startswith(WAIT):
        return WAIT
    return text.partition("\n")[2] if NOTICE in text.partition("\n")[0] else text


def _serve(
    model: Path, scratch: Path, graph: facebook.FakeGraph, credentials: dict[str, Any]
) -> tuple[Server, Server]:
    environment = {
        **graph.environment,
        **REST_SETTING,
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{scratch / 'channels.db'}",
        "SWITCHBOARD_WEB_MESSAGES_A_MINUTE": "1000",
    }
    path = scratch / "credentials.yml"
    path.write_text(yaml.safe_dump(credentials))
    actions = start_actions(some_free_port(), scratch / "channel-actions.log", environment)
    more = ("--credentials", str(path))
    log = scratch / "channel-rasa.log"
    rasa = start_rasa(model, some_free_port(), log, environment=environment, extra=more)
    actions.wait()
    rasa.wait(300)
    return actions, rasa


def measure_ours(model: Path, scratch: Path) -> Figures:
    """2,000 messages of 200 customers."""
    graph = facebook.FakeGraph()
    graph.latency = LATENCY
    web = {"switchboard.channels.web.web_input.SocketIOInput": {"session_persistence": True}}
    actions, rasa = _serve(
        model,
        scratch,
        graph,
        {"rest": None, OUR_CONNECTOR: None, **web},
    )
    try:
        process = psutil.Process(rasa.pid)
        visitor = Visitor(rasa.url)
        before = process.memory_info().rss
        figures = _load(rasa.url, graph, CUSTOMERS, EACH, "sha256", visitor.ask)
        visitor.leave()
        return {**figures, "grown_mb": (process.memory_info().rss - before) / 1e6}
    finally:
        rasa.stop()
        actions.stop()
        graph.close()


def measure_stock(model: Path, scratch: Path) -> Figures:
    """A few messages: it processes one after the other and blocks meanwhile."""
    graph = facebook.FakeGraph()
    graph.latency, graph.lenient = LATENCY, True
    given = {
        "verify": facebook.VERIFY,
        "secret": facebook.SECRET,
        "page-access-token": facebook.TOKEN,
    }
    actions, rasa = _serve(
        model, scratch, graph, {"rest": None, "benchmarks.stock_facebook.FacebookInput": given}
    )
    try:
        return _load(
            rasa.url, graph, STOCK_CUSTOMERS, STOCK_EACH, "sha1", lambda: ask_over_rest(rasa.url)
        )
    finally:
        rasa.stop()
        actions.stop()
        graph.close()


def measure(model: Path, scratch: Path) -> dict[str, Figures]:
    """Both connectors, one after the other."""
    return {"ours": measure_ours(model, scratch), "stock": measure_stock(model, scratch)}


def report(figures: dict[str, Figures]) -> str:
    """The figures as Markdown."""
    ours, stock = figures["ours"], figures["stock"]

    def row(label: str, show: Callable[[Figures], str], target: str = "") -> str:
        return f"| {label} | {show(ours)} | {show(stock)} | {target} |"

    lines = [
        "",
        "## Messenger, at a platform that takes a second for each message",
        "",
        "| | Switchboard | Rasa's connector | target |",
        "|---|---|---|---|",
        row("messages", lambda f: f"{f['messages']:,.0f}"),
        row("lost / doubled", lambda f: f"{f['lost']:.0f} / {f['doubled']:.0f}", "0 / 0"),
        row("customers answered out of order", lambda f: f"{f['disordered']:.0f}", "0"),
        row("answered in all (s)", lambda f: f"{f['seconds']:.1f}"),
        row("messages a second", lambda f: f"{f['messages'] / f['seconds']:.1f}"),
        row(
            "webhook acknowledged, p50 / p99 / most (ms)",
            lambda f: f"{f['ack_p50']:.0f} / {f['ack_p99']:.0f} / {f['ack_max']:.0f}",
            "100",
        ),
        row("an unrelated turn, idle, p50 (ms)", lambda f: f"{f['idle_p50']:.0f}"),
        row("the same meanwhile, p50 (ms)", lambda f: f"{f['busy_p50']:.0f}"),
        row("ratio", lambda f: f"{f['busy_p50'] / f['idle_p50']:.1f}", "below 2"),
        f"| memory grown by (MB) | {ours['grown_mb']:.0f} | | |",
        "",
        "The unrelated turn is one on the shop's page for Switchboard, one over `rest` for Rasa's.",
    ]
    return "\n".join([*lines, ""])
