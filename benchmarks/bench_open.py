"""Benchmark of open questions: overhead over the model's own time, and search.

A model server with a fixed delay runs in its own process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from switchboard.answering.opening import open_answers, open_library, open_model
from switchboard.answering.question import Origin, Question
from switchboard.cli.processes import Server, some_free_port, start_actions, start_rasa
from switchboard.cli.trial_servers import REST_HEADERS, REST_SETTING
from switchboard.database.connection import open_database
from switchboard.embedding.encoder import asking_encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import PassageIndex
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.knowledge.pgvector_index import PgVectorStore
from switchboard.llm.chat_model import Deadline, Message
from switchboard.settings import load_settings
from switchboard.shop.speech import open_phrasebook
from tests.fakes.llm_server import FakeLLM
from tests.fakes.postgres import Postgres

QUESTION = "can I put {} mugs in the dishwasher"
SIZES = (50, 5_000, 100_000)
CALLS = 40
MANY = 50
Figures = dict[str, float]


def _serve(delay: float, addresses: Any) -> None:
    server = FakeLLM()
    server.mode, server.delay = "slow", delay
    addresses.put(server.url)
    while True:
        time.sleep(60)


@contextmanager
def slow_model(delay: float) -> Iterator[str]:
    """Run a model server with a fixed delay; yields its address."""
    addresses: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(delay, addresses), daemon=True)
    process.start()
    try:
        yield f"{addresses.get(timeout=30)}/v1"
    finally:
        process.terminate()


def _settings(url: str, scratch: Path) -> Mapping[str, str]:
    return {
        "OPENAI_BASE_URL": url,
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{scratch / 'open.db'}",
    }


async def _overhead(url: str, scratch: Path) -> Figures:
    """Milliseconds of a question through the engine and of a bare call, alternating."""
    settings = load_settings(_settings(url, scratch))
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook)
    engine = open_answers(settings, library, phrasebook, open_database(settings.database_url))
    bare = open_model(settings.llm)
    own: list[float] = []
    theirs: list[float] = []
    for number in range(CALLS + 5):
        started = time.perf_counter()
        answer = await engine.answer(Question(QUESTION.format(number)))
        own.append((time.perf_counter() - started) * 1000)
        if answer.origin is not Origin.MODEL:
            raise RuntimeError(f"the model did not answer: {answer.reason}")
        prompt = [Message("user", QUESTION.format(number) + " " * 2000)]
        started = time.perf_counter()
        await bare.complete(prompt, Deadline(5))
        theirs.append((time.perf_counter() - started) * 1000)
    own, theirs = own[5:], theirs[5:]  # the first ones warm up
    return {
        "engine_p50": statistics.median(own),
        "bare_p50": statistics.median(theirs),
        "overhead_p50": statistics.median(own) - statistics.median(theirs),
        "overhead_p95": sorted(own)[int(CALLS * 0.95)] - sorted(theirs)[int(CALLS * 0.95)],
    }


def measure_overhead(scratch: Path) -> Figures:
    """The overhead of the engine over a bare call, with a model of 200 ms."""
    with slow_model(0.2) as url:
        return asyncio.run(_overhead(url, scratch))


def _many_passages(number: int, seed: int = 7) -> tuple[list[Passage], Any]:
    """Synthetic passages with vectors similar to the shop's: embedding them all takes hours."""
    settings = load_settings({})
    library = open_library(settings, open_phrasebook(settings.data_dir))
    encoder, rng = asking_encoder(), np.random.default_rng(seed)
    own = [
        replace(p, topics=(), questions=(), twin=())
        for p in library.passages()
        if p.language == "en"
    ]
    words = [word for p in own for word in p.text.split()]
    vectors = encode_stored(encoder, [key for p in own for key in p.keys])
    passages, parts = list(own[:number]), [vectors[: 2 * min(number, len(own))]]
    for at in range(len(own), number):
        model = own[at % len(own)]
        text = " ".join(rng.choice(words, 40))
        passages.append(replace(model, id=f"made-{at}#0", title=f"Made {at}", text=text))
    if number > len(own):
        chosen = np.repeat(np.arange(len(own), number) % len(own), 2) * 2
        chosen[1::2] += 1
        moved = vectors[chosen] + rng.normal(0, 0.05, (len(chosen), encoder.size))
        parts.append(moved / np.linalg.norm(moved, axis=1, keepdims=True))
    return passages, np.concatenate(parts).astype(np.float32)


def _time_index(index: PassageIndex) -> Figures:
    asked = ["can the board go in the dishwasher", "what does express cost", "is wool washed cold"]
    times = []
    for number in range(33):
        started = time.perf_counter()
        index.search(asked[number % 3])
        times.append((time.perf_counter() - started) * 1000)
    return {"p50": statistics.median(times[3:]), "p95": sorted(times[3:])[28]}


def measure_retrieval(sizes: Sequence[int]) -> dict[str, dict[str, Figures]]:
    """Milliseconds of a search by index size, in memory and (if available) in PostgreSQL."""
    found: dict[str, dict[str, Figures]] = {"memory": {}, "pgvector": {}}
    server = Postgres.start()
    try:
        for size in sizes:
            passages, vectors = _many_passages(size)
            memory = MemoryIndex(passages, asking_encoder(), vectors)
            found["memory"][str(size)] = _time_index(memory)
            if server is not None:
                store = PgVectorStore(f"{server.url}/postgres", asking_encoder())
                index = store.fill(f"en-{size}", passages, vectors)
                found["pgvector"][str(size)] = _time_index(index)
                store.engine.dispose()
    finally:
        if server is not None:
            server.stop()
    return found


async def _fifty(rasa: Server, actions: Server) -> Figures:
    """Fifty open questions at once on the action server, and a known turn on Rasa's meanwhile."""
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=100)) as client:

        async def ask(number: int) -> None:
            call = {
                "next_action": "action_answer_open_question",
                "sender_id": f"bench-{number}",
                "version": "3.6.21",
                "domain": {},
                "tracker": {
                    "sender_id": f"bench-{number}",
                    "slots": {"language": "en"},
                    "latest_message": {"text": QUESTION.format(number), "entities": []},
                    "events": [],
                },
            }
            answer = await client.post(f"{actions.url}/webhook", json=call)
            (said,) = answer.json()["responses"]
            if said["response"] != "say_open_answer_model":
                raise RuntimeError(f"not the model's answer: {said}")

        async def known(sender: str) -> float:
            started = time.perf_counter()
            body = {"sender": sender, "message": "what is your refund policy"}
            await client.post(f"{rasa.url}/webhooks/rest/webhook", json=body, headers=REST_HEADERS)
            return (time.perf_counter() - started) * 1000

        await ask(9999)
        for _ in range(10):
            await known("warm")
        idle = [await known("idle") for _ in range(20)]
        started = time.perf_counter()
        asked = asyncio.gather(*(ask(number) for number in range(MANY)))
        busy = []
        while not asked.done():
            busy.append(await known("busy"))
            await asyncio.sleep(0.02)
        await asked
        seconds = time.perf_counter() - started
    return {
        "fifty_seconds": seconds,
        "known_idle_p50": statistics.median(idle),
        "known_busy_p50": statistics.median(busy),
    }


def measure_fifty(model: Path, scratch: Path) -> Figures:
    """Figures of fifty questions with a model delay of one second, with both servers."""
    with slow_model(1.0) as url:
        environment = {**_settings(url, scratch), **REST_SETTING}
        actions = start_actions(some_free_port(), scratch / "open-actions.log", environment)
        log = scratch / "open-rasa.log"
        rasa = start_rasa(model, some_free_port(), log, environment=environment)
        try:
            actions.wait()
            rasa.wait(300)
            return asyncio.run(_fifty(rasa, actions))
        finally:
            rasa.stop()
            actions.stop()


def measure(model: Path, scratch: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """Everything about open questions."""
    return {
        "overhead": measure_overhead(scratch),
        "load": measure_fifty(model, scratch),
        "retrieval": measure_retrieval(sizes),
    }


def report(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    cost, load = figures["overhead"], figures["load"]
    slower = load["known_busy_p50"] / load["known_idle_p50"]
    lines = [
        "",
        "## Open questions",
        "",
        "| | measured | target |",
        "|---|---|---|",
        f"| a bare call of the client at a model of 200 ms, p50 | {cost['bare_p50']:.1f} ms | |",
        f"| the same question through the engine, p50 | {cost['engine_p50']:.1f} ms | |",
        f"| overhead, p50 | {cost['overhead_p50']:.1f} ms | 15 ms |",
        f"| overhead, p95 | {cost['overhead_p95']:.1f} ms | |",
        f"| {MANY} at once at a model of 1 s | {load['fifty_seconds']:.2f} s | 1.5 s |",
        f"| a known turn meanwhile, to an idle one | {slower:.2f} | below 2 |",
        "",
        "| search, p50 / p95 | memory | pgvector |",
        "|---|---|---|",
    ]
    for size in figures["retrieval"]["memory"]:
        cells = [
            f"{found[size]['p50']:.1f} / {found[size]['p95']:.1f} ms" if size in found else "-"
            for found in (figures["retrieval"]["memory"], figures["retrieval"]["pgvector"])
        ]
        lines.append(f"| {int(size):,} passages | {cells[0]} | {cells[1]} |")
    return "\n".join([*lines, ""])
