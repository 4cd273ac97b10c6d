"""`make test-core`: the tests of core and desk on Python 3.12, without Rasa and TensorFlow.

    python3 -m scripts.test_core [arguments for pytest]

Rasa holds its own process to Python 3.10; the nouns of the package, the desk and their tests run
on Pythons that still get security fixes, and this shows it. 3.12 is taken from the path or from
pyenv, else brought by uv; `.venv-core` is made from `requirements-core.txt`, every file checked by
its hash, and the project put on it as it stands here. A stamp says what it was made from, so a
second run only tests. Every folder of `tests` belongs to it, but for those named below.

Where neither Python 3.12 nor uv can be had it says so in one line and ends well, so that nobody
needs a second Python to work on the shop; where `CI` is set it fails, since there nobody would
read the line. Only the standard library is used, as in `scripts/setup.py`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.again import run_tests
from scripts.setup import (
    ROOT,
    SetupFailure,
    find_python,
    find_uv,
    last_line,
    made_from,
    run,
    stamp_of,
)

VERSION = "3.12"
VENV = ROOT / ".venv-core"
STAMP = VENV / ".switchboard"
REQUIREMENTS = ROOT / "requirements-core.txt"
NEED_RASA = {
    "actions",
    "channels",
    "cli",
    "dialogue",
    "live",
    "nlu",
    "test_setup.py",
    "test_wheel.py",
}
"""Of `tests`: they import rasa, rasa_sdk or aiohttp, start servers that do, or build the package
with the setuptools that only the whole environment has."""


class NoPython(SetupFailure):
    """This machine has no Python 3.12, and none can be brought."""


def tests() -> list[str]:
    """The files and folders that are run."""
    folder = ROOT / "tests"
    found = [*folder.glob("test_*.py"), *(p.parent for p in folder.glob("*/test_*.py"))]
    return sorted({str(p.relative_to(ROOT)) for p in found if p.name not in NEED_RASA})


def ready() -> bool:
    """Whether `.venv-core` is there and up to date."""
    return made_from(STAMP, REQUIREMENTS)


def set_up() -> None:
    """Make the environment if it is missing or outdated; a failed attempt leaves nothing."""
    if ready():
        return
    print("Setting up .venv-core (once; about a minute) ...", flush=True)
    scratch = tempfile.mkdtemp()
    try:
        shutil.rmtree(str(VENV), ignore_errors=True)
        install(make(scratch), find_uv(scratch))
        STAMP.write_text(stamp_of(REQUIREMENTS))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not ready():
            shutil.rmtree(str(VENV), ignore_errors=True)


def make(scratch: str) -> Path:
    """Create the environment without packages; its Python."""
    python = find_python(VERSION)
    if python:
        good, output = run([python, "-m", "venv", VENV])
    else:
        uv = find_uv(scratch)
        if uv is None:
            raise NoPython("no Python " + VERSION + ": core and desk were not tested on it")
        good, output = run([uv, "venv", "--quiet", "--seed", "--python", VERSION, VENV])
        if not good:
            raise NoPython("no Python " + VERSION + " to be had: " + last_line(output))
    if not good:
        raise SetupFailure("the environment could not be made: " + last_line(output))
    return VENV / "bin" / "python"


def install(python: Path, uv: str | None) -> None:
    """The pinned set, every file checked, and the project as it stands here."""
    pinned: list[str | Path] = ["--require-hashes", "-r", REQUIREMENTS]
    good = False
    if uv:
        good, output = run([uv, "pip", "install", "--quiet", "--python", python, *pinned])
    if not good:
        good, output = run([python, "-m", "pip", "install", "-q", "--no-deps", *pinned])
    if good:
        project: list[str | Path] = ["--no-deps", "--editable", ROOT]
        good, output = run([python, "-m", "pip", "install", "-q", *project])
    if not good:
        raise SetupFailure("the packages could not be installed: " + last_line(output))


def main(arguments: list[str]) -> int:
    """Set up and test; pytest's exit code, or 1 with one line."""
    try:
        set_up()
    except NoPython as failure:
        print("switchboard: " + str(failure), file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    except SetupFailure as failure:
        print("switchboard: " + str(failure), file=sys.stderr)
        return 1
    # The long ones run with the whole, where they take their minutes once.
    pytest = [str(VENV / "bin" / "python"), "-m", "pytest", "-q", "-m", "not long", *tests()]
    return run_tests([*pytest, *arguments], ["-n", "2", "--dist", "loadgroup"], ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
