"""The environment in which models are trained: torch wants other versions than Rasa, so it has one
of its own, made by uv from a pinned list."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from switchboard.errors import ConfigurationError
from switchboard.project import VAR

FOLDER = VAR / "fine-tuning"
PINS = Path(__file__).with_name("requirements.txt")
TRAINER = Path(__file__).with_name("trainer.py")
PYTHON = "3.11"
CPU, DEFAULT = "cpu", "default"
_STAMP = ".made-from"
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""No weights are fetched, and nothing is told to anybody."""
HANDED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
"""What the trainer needs of our environment: no secrets."""


def is_made(folder: Path = FOLDER) -> bool:
    """Whether the environment is there, made from the present pins."""
    try:
        return (folder / _STAMP).read_text() == _stamp()
    except OSError:
        return False


def make_environment(backend: str = CPU, folder: Path = FOLDER) -> None:
    """Make it: for the processor about 250 MB to fetch and 1.2 GB on the disk. A run that fails
    leaves none behind. `backend`: of torch, as uv calls them; `DEFAULT`: as the package index has
    it, which is made for graphics cards and ten times as large.

    Raises:
        ConfigurationError: there is no uv, or it could not install the pins; the message says why.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise ConfigurationError("the environment is made with uv, which is not on the path")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _run([uv, "venv", "--quiet", "--python", PYTHON, str(folder)])
        chosen = [] if backend == DEFAULT else ["--torch-backend", backend]
        install = [uv, "pip", "install", "--quiet", "--python", str(python_of(folder)), *chosen]
        _run([*install, "-r", str(PINS)])
        (folder / _STAMP).write_text(_stamp())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def python_of(folder: Path = FOLDER) -> Path:
    """Its interpreter."""
    return folder / "bin" / "python"


def train(arguments: list[str], ours: Mapping[str, str], folder: Path = FOLDER) -> int:
    """Run the trainer in it; its exit code. `ours`: our environment, of which it gets `HANDED_ON`.

    Raises:
        ConfigurationError: the environment is not there, or outdated.
    """
    if not is_made(folder):
        raise ConfigurationError(
            "models are trained in an environment of their own, which is not there or outdated: "
            "run it again with --install"
        )
    kept = {name: ours[name] for name in HANDED_ON if name in ours}
    command = [str(python_of(folder)), "-I", str(TRAINER), *arguments]
    return subprocess.run(command, env={**kept, **_OFFLINE}, check=False).returncode  # noqa: S603


def _stamp() -> str:
    return hashlib.sha256(PINS.read_bytes()).hexdigest()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise ConfigurationError(f"uv: {lines[-1] if lines else 'no output'}")
