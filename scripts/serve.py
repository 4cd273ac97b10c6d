"""`make serve`: the action server and Rasa's server, on loopback, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading

from scripts.servers import (
    ACTIONS_PORT,
    RASA_PORT,
    Server,
    StartFailure,
    port_free,
    start_actions,
    start_rasa,
)
from scripts.shell import prepare
from scripts.training import newest_model


def main() -> int:
    """Serve."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    for port in (RASA_PORT, ACTIONS_PORT):
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
        started.append(start_rasa(model))
        for server in started:
            server.wait()
            print(f"{server.name}: {server.url} (log: {server.log})", flush=True)
        print("Ready. Ctrl-C ends both.", flush=True)
        done.wait()
        return 0
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr)
        return 1
    finally:
        for server in reversed(started):
            server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
