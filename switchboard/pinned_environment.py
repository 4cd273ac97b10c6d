"""A Python environment of its own for what does not go with Rasa's versions: made by uv from a
pinned list, run offline and without our secrets."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from switchboard.errors import ConfigurationError

PYTHON = "3.11"
HANDED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
"""What its programs need of our environment: no secrets."""
_STAMP = ".made-from"


@dataclass(frozen=True)
class PinnedEnvironment:
    """`purpose` begins the sentence that says it is not there; `told` are variables that its
    programs get, such as those that keep libraries offline."""

    folder: Path
    pins: Path
    purpose: str
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def is_made(self) -> bool:
        """Whether it is there, made from the present pins."""
        try:
            return (self.folder / _STAMP).read_text() == self._stamp()
        except OSError:
            return False

    def make(self, options: Sequence[str] = ()) -> None:
        """Make it; a run that fails leaves none behind. `options`: of `uv pip install`.

        Raises:
            ConfigurationError: there is no uv, or it could not install the pins; the message says
                why.
        """
        uv = shutil.which("uv")
        if uv is None:
            raise ConfigurationError("the environment is made with uv, which is not on the path")
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            _run([uv, "venv", "--quiet", "--python", PYTHON, str(self.folder)])
            install = [uv, "pip", "install", "--quiet", "--python", str(self.python), *options]
            _run([*install, "-r", str(self.pins)])
            (self.folder / _STAMP).write_text(self._stamp())
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def require(self) -> None:
        """Say what to do where it is missing.

        Raises:
            ConfigurationError: it is not there, or outdated.
        """
        if not self.is_made():
            raise ConfigurationError(
                f"{self.purpose} in an environment of its own, which is not there or outdated: "
                "run it again with --install"
            )

    def run(self, script: Path, arguments: Sequence[str], ours: Mapping[str, str]) -> int:
        """Run a script in it, apart from everything of ours; its exit code. `ours`: our
        environment, of which it gets `HANDED_ON`.

        Raises:
            ConfigurationError: it is not there, or outdated.
        """
        self.require()
        kept = {name: ours[name] for name in HANDED_ON if name in ours}
        command = [str(self.python), "-I", str(script), *arguments]
        return subprocess.run(  # noqa: S603  our own interpreter and script
            command, env={**kept, **self.told}, check=False
        ).returncode

    def _stamp(self) -> str:
        return hashlib.sha256(self.pins.read_bytes()).hexdigest()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise ConfigurationError(f"uv: {lines[-1] if lines else 'no output'}")
