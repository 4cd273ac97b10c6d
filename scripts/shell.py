"""`make shell`: train if needed, start the action server, open `rasa shell`, end it all again."""

from __future__ import annotations

import signal
import subprocess
import sys

from scripts.servers import BIN, HOST, RASA_PORT, StartFailure, port_free, start_actions
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
    if not port_free(RASA_PORT):
        print(f"switchboard: port {RASA_PORT} is in use; rasa shell needs it", file=sys.stderr)
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
        # Ctrl-C is for the shell, which ends on it; what we started is ended below either way.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        model = newest_model()
        command = [BIN / "rasa", "shell", "-m", model, "-i", HOST, "-p", str(RASA_PORT)]
        shell = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=rasa_environment(),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        return 0 if shell.wait() in (0, -signal.SIGINT, 130) else 1
    except StartFailure as failure:
        print(f"switchboard: {failure}", file=sys.stderr)
        return 1
    finally:
        actions.stop()


if __name__ == "__main__":
    raise SystemExit(main())
