"""`make test`: train if needed, then every part at once: data, stories, and all other tests.

    python -m scripts.test [--all] [arguments for pytest]

`--all` runs the tests that are marked `long` too. The validation of the data and the story tests,
which are Rasa's own commands, run one after the other beside pytest; what they print is shown only
when they fail. Tests that fail are run once more alone, see `scripts.again`. The last lines say
what ran and how long it took, after pytest's own summary.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scripts.again import run_tests
from switchboard.cli.processes import BIN
from switchboard.cli.train import rasa_environment, train_model
from switchboard.project import PROJECT as ROOT

STORIES = ROOT / "tests" / "conversations"
RESULTS = ROOT / "results"
SPREAD = ("-n", "2", "--dist", "loadgroup")
"""The live tests share one system and so one worker; the other has the rest meanwhile."""

Command = Sequence[str | Path]


class Part(NamedTuple):
    """What ran, and how it ended."""

    title: str
    good: bool
    seconds: float

    def __str__(self) -> str:
        return f"--- {self.title}: {'passed' if self.good else 'FAILED'} in {self.seconds:.0f} s"


def run(title: str, command: Command) -> Part:
    """Run one part; its output is printed only when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=rasa_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    part = Part(title, done.returncode == 0, time.monotonic() - started)
    if not part.good:
        sys.stdout.buffer.write(b"\n" + done.stdout)
        print(part, flush=True)
    return part


def rasas_own() -> list[Part]:
    """Rasa's validation of the data and its replay of the stories, one after the other."""
    rasa = BIN / "rasa"
    stories: Command = [rasa, "test", "core", "--e2e", "-s", STORIES, "--out", RESULTS]
    return [
        run("data validation", [rasa, "data", "validate", "--fail-on-warnings"]),
        run("story tests", [*stories, "--fail-on-prediction-errors"]),
    ]


def main(arguments: Sequence[str]) -> int:
    """Run every part, also after a failure, and fail if any did."""
    given = [argument for argument in arguments if argument != "--all"]
    chosen = [] if "--all" in arguments else ["-m", "not long"]
    if train_model():
        return 1
    pytest: Command = [BIN / "python", "-m", "pytest", "-q", *chosen, *given]
    title = "unit, server and live tests" + (", the long ones too" if not chosen else "")
    print(f"--- data validation, story tests, {title}", flush=True)
    started = time.monotonic()
    with ThreadPoolExecutor(1) as beside:
        own = beside.submit(rasas_own)
        status = run_tests(pytest, SPREAD, ROOT, rasa_environment())
        tests = Part(title, status == 0, time.monotonic() - started)
        parts = [*own.result(), tests]
    print(*parts, f"--- all in {time.monotonic() - started:.0f} s", sep="\n", flush=True)
    return 0 if all(part.good for part in parts) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
