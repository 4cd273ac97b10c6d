"""`make shell`: train if needed, start the action server, open `rasa shell`, end it all again."""

from __future__ import annotations

import signal
import subprocess
import sys

from scripts.servers import (
    ACTIONS_PORT,
    BIN,
    HOST,
    RASA_PORT,
    StartFailure,
    port_free,
    start_actions,
)
from scripts.training import ROOT, newest_model, rasa_environment, train
from switchboard.errors import ConfigurationError
from switchboard.orders import seed
from switchboard.settings import load_settings


def prepare() -> int:
    """Check the settings, fill the demo shop when it is the order system, train; 0 if all went."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        print(f"switchboard: {error}", file=sys.stderr)
        return 1
    if settings.orders_url.startswith("sqlite") and seed.fill_if_empty(settings):
        print("Seeded the demo shop.")
    return train()


def main() -> int:
    """Open the chat."""
    # Told to end, or without a terminal: leave by the way that ends what was started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    for port, who in ((RASA_PORT, "rasa shell"), (ACTIONS_PORT, "the action server")):
        if not port_free(port):
            print(f"switchboard: port {port} is in use; {who} needs it", file=sys.stderr)
            return 1
    try:
        failed = prepare()
        if failed:
            return failed
        actions = start_actions()
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr)
        return 1
    try:
        actions.wait()
        return talk()
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr)
        return 1
    finally:
        actions.stop()


def talk() -> int:
    """Run `rasa shell` until it ends, however that comes about."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the shell, which ends on it
    command = [BIN / "rasa", "shell", "-m", newest_model(), "-i", HOST, "-p", RASA_PORT]
    shell = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=rasa_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        return 0 if shell.wait() in (0, -signal.SIGINT, 130) else 1
    finally:
        shell.kill()
        shell.wait()


if __name__ == "__main__":
    raise SystemExit(main())
