"""`switchboard shell`: the chat in the terminal, with the servers that it needs."""

from __future__ import annotations

import signal
import sys

import typer

from switchboard.cli.processes import (
    ACTIONS_PORT,
    RASA_PORT,
    Server,
    require_free,
    start_actions,
    start_rasa,
)
from switchboard.cli.train import newest_model, train_model
from switchboard.settings import load_settings


def shell() -> None:
    """Talk to the assistant here: train if needed, start both servers, open a chat."""
    # On a signal or without a terminal: exit by the path that stops the started servers.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    for port, who in ((RASA_PORT, "Rasa"), (ACTIONS_PORT, "the action server")):
        require_free(port, who)
    failed = prepare()
    model = newest_model()
    if failed or model is None:
        raise typer.Exit(failed or 1)
    started: list[Server] = []
    try:
        print("Starting ...", flush=True)
        started.append(start_actions())
        started.append(start_rasa(model))
        for server in started:
            server.wait()
        # What it stands on comes with Rasa, which the other commands do without.
        from switchboard.cli.chat import open_chat

        open_chat(started[-1].url)
    finally:
        for server in reversed(started):
            server.stop()


def prepare() -> int:
    """Check the settings, seed an empty embedded shop, train; the exit code, 0 for success."""
    settings = load_settings()
    if settings.orders_url.startswith("sqlite"):
        from switchboard.orders.demo_seed import fill_if_empty

        if fill_if_empty(settings):
            print("Seeded the demo shop.")
    return train_model()
