"""`switchboard shell`: the chat in the terminal, with the servers that it needs."""

from __future__ import annotations

import signal
import subprocess
import sys

import typer

from switchboard.cli.processes import (
    ACTIONS_PORT,
    HOST,
    RASA_PORT,
    require_free,
    start_actions,
)
from switchboard.cli.train import newest_model, rasa_environment, train_model
from switchboard.project import PROJECT
from switchboard.settings import load_settings

_QUIET_RASA = """
import warnings
warnings.showwarning = lambda *_args, **_more: None
from rasa.__main__ import main
main()
"""
"""`rasa` without the warnings of its libraries, which set the filters of Python anew."""


def shell() -> None:
    """Talk to the assistant here: train if needed, start the action server, open `rasa shell`."""
    # On a signal or without a terminal: exit by the path that stops the started servers.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    require_free(RASA_PORT, "rasa shell")
    require_free(ACTIONS_PORT, "the action server")
    failed = prepare()
    if failed:
        raise typer.Exit(failed)
    actions = start_actions()
    try:
        actions.wait()
        raise typer.Exit(_talk())
    finally:
        actions.stop()


def prepare() -> int:
    """Check the settings, seed an empty embedded shop, train; the exit code, 0 for success."""
    settings = load_settings()
    if settings.orders_url.startswith("sqlite"):
        from switchboard.orders.demo_seed import fill_if_empty

        if fill_if_empty(settings):
            print("Seeded the demo shop.")
    return train_model()


def _talk() -> int:
    """Run `rasa shell` until it ends for any reason."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the shell, which ends
    arguments = ["shell", "--quiet", "-m", newest_model(), "-i", HOST, "-p", RASA_PORT]
    command = [sys.executable, "-c", _QUIET_RASA, *arguments]
    running = subprocess.Popen(
        [str(part) for part in command],
        cwd=PROJECT,
        env=rasa_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        return 0 if running.wait() in (0, -signal.SIGINT, 130) else 1
    finally:
        running.kill()
        running.wait()
