"""Benchmark of the desk: from a customer's message to its display, with 200 open tickets."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.bench_channels import ask_over_rest
from switchboard.cli.processes import some_free_port, start_actions, start_desk, start_rasa
from switchboard.cli.trial_servers import REST_SETTING
from switchboard.database.connection import open_database
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes import bot_api_server as telegram
from tests.fakes.tickets import angry

TICKETS, MESSAGES, TURNS = 200, 40, 60
PASSWORD = "only for this run"
Figures = dict[str, float]


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def _open_ticket(page: Page, url: str, reference: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("#login", "bench")
    page.fill("#password", PASSWORD)
    page.click("button")
    page.goto(f"{url}/tickets/{reference}")


def _appearances(page: Page, rasa: str, chat: int) -> list[float]:
    times = []
    for number in range(MESSAGES):
        text = f"message number {number} of the customer"
        started = time.perf_counter()
        telegram.deliver(rasa, telegram.said(chat, text))
        page.get_by_text(text, exact=True).wait_for(timeout=30_000)
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(0.2)
    return times


def measure(model: Path, scratch: Path) -> Figures:
    """Measure in milliseconds; empty if Chromium is not installed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return {}
    api = telegram.FakeBotApi()
    url = f"sqlite:///{scratch / 'desk.db'}"
    environment = {**api.environment, **REST_SETTING, "SWITCHBOARD_DATABASE_URL": url}
    engine = open_database(url)
    Directory(engine).add("bench", "Bench", Role.AGENT, PASSWORD, None)
    story = tell_story([], angry("0.97"), None, False)
    tickets = [
        TicketBook(engine).open(f"telegram:{n}", "telegram", story)[0] for n in range(TICKETS)
    ]
    actions = start_actions(some_free_port(), scratch / "desk-actions.log", environment)
    rasa = start_rasa(model, some_free_port(), scratch / "desk-rasa.log", environment=environment)
    servers = [actions, rasa]
    try:
        for server in servers:
            server.wait(300)
        for _ in range(10):
            ask_over_rest(rasa.url)
        before = [ask_over_rest(rasa.url) for _ in range(TURNS)]
        servers.append(start_desk(some_free_port(), scratch / "desk.log", environment))
        servers[-1].wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            _open_ticket(page, servers[-1].url, tickets[7].reference)
            times = _appearances(page, rasa.url, 7)
            after = [ask_over_rest(rasa.url) for _ in range(TURNS)]
            browser.close()
    finally:
        for server in servers:
            server.stop()
        api.close()
    return {
        "p50": statistics.median(times),
        "p95": _percentile(times, 0.95),
        "turn_without": statistics.median(before),
        "turn_with": statistics.median(after),
    }


def report(figures: Figures) -> str:
    """The figures as Markdown."""
    if not figures:
        return "\n## The desk\n\nNot measured: there is no Chromium here.\n"
    slower = figures["turn_with"] / figures["turn_without"]
    return "\n".join(
        [
            "",
            f"## The desk, with {TICKETS} open tickets",
            "",
            "| | measured | target |",
            "|---|---|---|",
            f"| from a message to its appearance, p50 | {figures['p50']:.0f} ms | 1,000 ms |",
            f"| the same, p95 | {figures['p95']:.0f} ms | 2,000 ms |",
            f"| a turn without the desk, p50 | {figures['turn_without']:.1f} ms | |",
            f"| a turn with the desk and a page open, p50 | {figures['turn_with']:.1f} ms | |",
            f"| ratio | {slower:.2f} | at most 1.10 |",
            "",
        ]
    )
