"""`switchboard shell`: the chat in the terminal, with the servers that it needs."""

from __future__ import annotations

import signal
import sys

import typer

from switchboard.cli.handed_down import REST_TOKEN, children_environment
from switchboard.cli.processes import Server, require_free, start_actions, start_rasa
from switchboard.cli.train import newest_model, train_model
from switchboard.settings import load_settings


def shell() -> None:
    """Talk to the assistant here: train if needed, start both servers, open a chat."""
    # On a signal or without a terminal: exit by the path that stops the started servers.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    settings = load_settings()
    servers = settings.servers
    for port, who in ((servers.rasa_port, "Rasa"), (servers.actions_port, "the action server")):
        require_free(port, who, servers.host)
    failed = prepare()
    model = newest_model()
    if failed or model is None:
        raise typer.Exit(failed or 1)
    started: list[Server] = []
    try:
        print("Starting ...", flush=True)
        environment = children_environment(settings)
        host = servers.host
        started.append(start_actions(servers.actions_port, environment=environment, host=host))
        started.append(start_rasa(model, servers.rasa_port, environment=environment, host=host))
        for server in started:
            server.wait()
        # What it stands on comes with Rasa, which the other commands do without.
        from switchboard.cli.chat import open_chat

        open_chat(started[-1].url, environment[REST_TOKEN])
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
