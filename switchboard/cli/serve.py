"""`switchboard serve`: runs the action server, Rasa's server and the desk on loopback."""

from __future__ import annotations

import signal
import threading

import typer

from switchboard.cli.processes import (
    ACTIONS_PORT,
    DESK_PORT,
    RASA_PORT,
    Server,
    require_free,
    start_actions,
    start_desk,
    start_rasa,
)
from switchboard.cli.shell import prepare
from switchboard.cli.train import newest_model
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

DEMO = "/webhooks/socketio/demo"


def serve(
    telegram: bool = typer.Option(
        False, "--telegram", help="ask Telegram for messages instead of waiting to be called"
    ),
) -> None:
    """Serve every channel and the desk on loopback, until Ctrl-C."""
    environment = {"TELEGRAM_POLLING": "yes"} if telegram else {}
    if telegram and not load_settings().telegram.bot_token:
        raise ConfigurationError("TELEGRAM_BOT_TOKEN must be set")
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    for port, who in ((RASA_PORT, "Rasa"), (ACTIONS_PORT, "the actions"), (DESK_PORT, "the desk")):
        require_free(port, who)
    failed = prepare()
    model = newest_model()
    if failed or model is None:
        raise typer.Exit(failed or 1)
    started: list[Server] = []
    try:
        started.append(start_actions())
        started.append(start_rasa(model, environment=environment))
        started.append(start_desk())
        for server in started:
            server.wait()
            print(f"{server.name}: {server.url} (log: {server.log})", flush=True)
        if not load_settings().web.origins:
            print(f"The chat on a demo shop page: {started[1].url}{DEMO}", flush=True)
        if is_empty(load_settings().database_url):
            print("Nobody has written yet. Customers who talk by themselves: make demo", flush=True)
        print("Ready. Ctrl-C ends all.", flush=True)
        done.wait()
    finally:
        for server in reversed(started):
            server.stop()


def is_empty(database_url: str) -> bool:
    """Whether nobody has written to the assistant yet."""
    from switchboard.conversations.log import ConversationLog
    from switchboard.database.connection import open_database

    return not ConversationLog(open_database(database_url)).conversation_ids()
