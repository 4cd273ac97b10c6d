"""`make serve`: the action server, Rasa's server and the desk, on loopback, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading

from scripts.servers import (
    ACTIONS_PORT,
    DESK_PORT,
    RASA_PORT,
    Server,
    StartFailure,
    port_free,
    start_actions,
    start_desk,
    start_rasa,
)
from scripts.shell import prepare
from scripts.training import newest_model
from switchboard.settings import load_settings

DEMO = "/webhooks/socketio/demo"


def main(arguments: list[str]) -> int:
    """Serve; with `telegram`, ask Telegram for messages instead of waiting to be called."""
    environment = {"TELEGRAM_POLLING": "yes"} if "telegram" in arguments else {}
    if environment and not load_settings().telegram.bot_token:
        print("switchboard: TELEGRAM_BOT_TOKEN must be set", file=sys.stderr)
        return 1
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    for port in (RASA_PORT, ACTIONS_PORT, DESK_PORT):
        if not port_free(port):
            print(f"switchboard: port {port} is in use", file=sys.stderr)
            return 1
    failed = prepare()
    model = newest_model()
    if failed or model is None:
        return failed or 1
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
        print("Ready. Ctrl-C ends all.", flush=True)
        done.wait()
        return 0
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr)
        return 1
    finally:
        for server in reversed(started):
            server.stop()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
