"""`switchboard serve`: runs the action server, Rasa's server and the desk, and watches them."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import typer

from switchboard.callers import is_loopback
from switchboard.cli.handed_down import REST_TOKEN, children_environment
from switchboard.cli.processes import require_free, start_actions, start_desk, start_rasa
from switchboard.cli.rest_token import drop_token, keep_token
from switchboard.cli.shell import prepare
from switchboard.cli.supervisor import Supervisor
from switchboard.cli.train import newest_model
from switchboard.errors import ConfigurationError, StartFailure
from switchboard.settings import Settings, load_settings

DEMO = "/webhooks/socketio/demo"


def serve(
    telegram: bool = typer.Option(
        False, "--telegram", help="ask Telegram for messages instead of waiting to be called"
    ),
) -> None:
    """Serve every channel and the desk until Ctrl-C; what dies or hangs is started again."""
    settings = load_settings()
    if telegram and not settings.telegram.bot_token:
        raise ConfigurationError("TELEGRAM_BOT_TOKEN must be set")
    done = threading.Event()
    stops = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
        stops.append(signal.SIGHUP)
    for number in stops:
        signal.signal(number, lambda *_: done.set())
    servers = settings.servers
    for port, who in (
        (servers.rasa_port, "Rasa"),
        (servers.actions_port, "the actions"),
        (settings.desk.port, "the desk"),
    ):
        require_free(port, who, servers.host)
    failed = prepare()
    model = newest_model()
    if failed or model is None:
        raise typer.Exit(failed or 1)
    environment = children_environment(settings)
    if telegram:
        environment["TELEGRAM_POLLING"] = "yes"
    supervisor = _supervisor(settings, model, environment)
    keep_token(environment[REST_TOKEN])
    try:
        started = supervisor.start(done)
        if not done.is_set():
            for server in started:
                print(f"{server.name}: {server.url} (log: {server.log})", flush=True)
            _tell_more(settings, started[1].url)
        supervisor.watch(done)
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr, flush=True)
        raise typer.Exit(1) from None
    finally:
        supervisor.stop()
        drop_token()


def _supervisor(settings: Settings, model: Path, environment: dict[str, str]) -> Supervisor:
    servers = settings.servers
    host, port = servers.host, settings.desk.port
    return Supervisor(
        [
            lambda: start_actions(servers.actions_port, environment=environment, host=host),
            lambda: start_rasa(model, servers.rasa_port, environment=environment, host=host),
            lambda: start_desk(port, environment=environment, host=host),
        ]
    )


def _tell_more(settings: Settings, url: str) -> None:
    if not is_loopback(settings.servers.host):
        print(f"They listen on {settings.servers.host}: beyond this machine.", flush=True)
    if not settings.web.origins:
        print(f"The chat on a demo shop page: {url}{DEMO}", flush=True)
    if is_empty(settings.database_url):
        print("Nobody has written yet. Customers who talk by themselves: make demo", flush=True)
    print("Ready. Ctrl-C ends all.", flush=True)


def is_empty(database_url: str) -> bool:
    """Whether nobody has written to the assistant yet."""
    from switchboard.conversations.log import ConversationLog
    from switchboard.database.connection import open_database

    return not ConversationLog(open_database(database_url)).conversation_ids()
