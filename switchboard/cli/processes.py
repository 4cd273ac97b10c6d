"""Starts Switchboard's servers on loopback, waits until they answer, and stops them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from switchboard.cli.train import rasa_environment
from switchboard.errors import StartFailure
from switchboard.project import PROJECT, VAR

HOST = "127.0.0.1"
ACTIONS_PORT = 5055
RASA_PORT = 5005
DESK_PORT = 5010
BIN = Path(sys.executable).parent


def port_free(port: int) -> bool:
    """Whether a port of this machine is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(port: int, who: str) -> None:
    """Check that a port is free.

    Raises:
        StartFailure: the port is in use.
    """
    if not port_free(port):
        raise StartFailure(f"port {port} is in use; {who} needs it")


def some_free_port() -> int:
    """An unused port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One child process in its own process group, so that its children are stopped too."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        port: int,
        health: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        require_free(port, f"the {name}")
        self.name, self.port, self.log = name, port, log
        self.url = f"http://{HOST}:{port}"
        self._health = self.url + health
        log.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=PROJECT,
            env={**rasa_environment(), "SANIC_HOST": HOST, **(environment or {})},
            stdout=self._file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def wait(self, seconds: float = 120.0) -> None:
        """Wait until the server answers.

        Raises:
            StartFailure: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise StartFailure(f"the {self.name} ended at once; see {self.log}")
            try:
                with urllib.request.urlopen(self._health, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.1)
        self.stop()
        raise StartFailure(f"the {self.name} did not answer in {seconds:.0f} s; see {self.log}")

    def stop(self, force: bool = False) -> None:
        """Stop the server and its children; kills them if forced."""
        if self._process.poll() is None:
            self._signal(signal.SIGKILL if force else signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._file.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def start_actions(
    port: int = ACTIONS_PORT,
    log: Path = VAR / "actions.log",
    environment: Mapping[str, str] | None = None,
    python: Path | str = sys.executable,
) -> Server:
    """Start the action server (does not wait for it)."""
    command = [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    return Server("action server", command, port, "/health", log, environment)


def start_rasa(
    model: Path,
    port: int = RASA_PORT,
    log: Path = VAR / "rasa.log",
    endpoints: Path = PROJECT / "endpoints.yml",
    environment: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
) -> Server:
    """Start Rasa's server with the channels of `credentials.yml` (does not wait for it)."""
    command: list[str | Path] = [BIN / "rasa", "run", "-i", HOST, "-p", str(port), "-m", model]
    command += ["--endpoints", endpoints, "--credentials", PROJECT / "credentials.yml", *extra]
    return Server("Rasa server", command, port, "/", log, environment)


def start_desk(
    port: int = DESK_PORT,
    log: Path = VAR / "desk.log",
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Start the desk (does not wait for it)."""
    command = [sys.executable, "-m", "switchboard.cli.app", "desk", "serve", "--port", str(port)]
    return Server("desk", command, port, "/health", log, environment)
