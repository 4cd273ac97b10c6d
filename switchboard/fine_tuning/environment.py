"""The environment in which models are trained: torch wants other versions than Rasa, so it has one
of its own, made by uv from a pinned list."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from switchboard.errors import ConfigurationError
from switchboard.project import VAR

FOLDER = VAR / "fine-tuning"
PINS = Path(__file__).with_name("requirements.txt")
TRAINER = Path(__file__).with_name("trainer.py")
PYTHON = "3.11"
_STAMP = ".made-from"


def is_made(folder: Path = FOLDER) -> bool:
    """Whether the environment is there, made from the present pins."""
    try:
        return (folder / _STAMP).read_text() == _stamp()
    except OSError:
        return False


def make_environment(folder: Path = FOLDER) -> None:
    """Make it: about 250 MB to fetch and 1.2 GB on the disk, torch for the processor alone. A run
    that fails leaves none behind.

    Raises:
        ConfigurationError: there is no uv, or it could not install the pins; the message says why.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise ConfigurationError("the environment is made with uv, which is not on the path")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _run([uv, "venv", "--quiet", "--python", PYTHON, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--python", str(python_of(folder))]
        # Where torch for the processor is not found apart, whatever is found serves too.
        _run([*install, "--torch-backend", "cpu", "-r", str(PINS)], [*install, "-r", str(PINS)])
        (folder / _STAMP).write_text(_stamp())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def python_of(folder: Path = FOLDER) -> Path:
    """Its interpreter."""
    return folder / "bin" / "python"


def train(arguments: list[str], folder: Path = FOLDER) -> int:
    """Run the trainer in it; its exit code. Nothing of our own environment reaches it but the path:
    it needs no secrets."""
    if not is_made(folder):
        raise ConfigurationError(
            "models are trained in an environment of their own, which is not there or outdated: "
            "run it again with --install"
        )
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [str(python_of(folder)), "-I", str(TRAINER), *arguments]
    return subprocess.run(command, env=kept, check=False).returncode  # noqa: S603


def _stamp() -> str:
    return hashlib.sha256(PINS.read_bytes()).hexdigest()


def _run(command: list[str], otherwise: list[str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0 and otherwise is not None:
        done = subprocess.run(otherwise, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise ConfigurationError(f"uv: {lines[-1] if lines else 'no output'}")
