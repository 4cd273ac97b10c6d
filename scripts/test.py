"""`make test`: train if needed, validate the data, replay the stories, run every other test."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from switchboard.cli.processes import BIN
from switchboard.cli.train import rasa_environment, train_model
from switchboard.project import PROJECT as ROOT

STORIES = ROOT / "tests" / "conversations"
RESULTS = ROOT / "results"


def run(title: str, command: list[str | Path]) -> bool:
    """Run one part; its output is shown only when it fails, pytest's always."""
    print(f"--- {title}", flush=True)
    started = time.monotonic()
    shown = "pytest" in str(command[0])
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=rasa_environment(),
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
    )
    good = done.returncode == 0
    if not good and not shown:
        sys.stdout.buffer.write(done.stdout)
    outcome = "passed" if good else "FAILED"
    print(f"--- {title}: {outcome} in {time.monotonic() - started:.0f} s", flush=True)
    return good


def main() -> int:
    """Run every part, also after a failure, and fail if any did."""
    if train_model():
        return 1
    rasa = BIN / "rasa"
    stories: list[str | Path] = [rasa, "test", "core", "--e2e", "-s", STORIES, "--out", RESULTS]
    good = [
        run("data validation", [rasa, "data", "validate", "--fail-on-warnings"]),
        run("story tests", [*stories, "--fail-on-prediction-errors"]),
        run("unit, server and live tests", [BIN / "pytest", "-q", *sys.argv[1:]]),
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
