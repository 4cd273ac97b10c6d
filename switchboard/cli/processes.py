"""Starts Switchboard's servers, waits until they answer, and stops them."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from switchboard.cli.rotating_log import RotatingLog
from switchboard.cli.train import rasa_environment
from switchboard.errors import StartFailure
from switchboard.orphans import bound_command
from switchboard.project import PROJECT, VAR

LOOPBACK = "127.0.0.1"
ACTIONS_PORT = 5055
RASA_PORT = 5005
DESK_PORT = 5010
"""The ports where no setting names others."""
BIN = Path(sys.executable).parent
LOGGED = ("-m", "switchboard.cli.logged")
STOP_SECONDS = 25.0
"""What a server gets to end the turns in work, of which none takes longer than an action may."""
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


def port_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a port is free at an address of this machine.

    Raises:
        StartFailure: the address is not of this machine.
    """
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise StartFailure("SWITCHBOARD_HOST is no address of this machine") from None
        return False
    return True


def require_free(port: int, who: str, host: str = LOOPBACK) -> None:
    """Check that a port is free.

    Raises:
        StartFailure: the port is in use, or the address is not of this machine.
    """
    if not port_free(port, host):
        raise StartFailure(f"port {port} is in use; {who} needs it")


def local_url(host: str, port: int) -> str:
    """Where this machine finds a server that listens on an address: every address is loopback's
    too."""
    named = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}.get(host, host)  # noqa: S104
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


def some_free_port() -> int:
    """An unused port."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One child process in its own process group, so that its children are stopped too.

    It is killed when this process ends, and when the thread ends that started it: the main one.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        port: int,
        health: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
        host: str = LOOPBACK,
    ) -> None:
        require_free(port, f"the {name}", host)
        self.name, self.port, self.log = name, port, log
        self.url = local_url(host, port)
        self._health = self.url + health
        self._output = RotatingLog(log)
        self._process = subprocess.Popen(
            bound_command([str(part) for part in command]),
            cwd=PROJECT,
            env={**rasa_environment(), "SANIC_HOST": host, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        pipe = self._process.stdout
        self._writing = None if pipe is None else self._output.follow(pipe)

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def answers(self, seconds: float = 2.0) -> bool:
        """Whether it says within so many seconds that it is alive."""
        try:
            with urllib.request.urlopen(self._health, timeout=seconds) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, http.client.HTTPException):
            return False

    def wait(self, seconds: float = 120.0) -> None:
        """Wait until the server answers.

        Raises:
            StartFailure: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.ended is not None:
                raise StartFailure(f"the {self.name} ended at once; see {self.log}")
            if self.answers():
                return
            time.sleep(0.1)
        self.stop()
        raise StartFailure(f"the {self.name} did not answer in {seconds:.0f} s; see {self.log}")

    def stop(self, force: bool = False) -> None:
        """Stop the server and its children: turns in work end first, in bounds; kills if forced."""
        if self.ended is None:
            self._signal(signal.SIGKILL if force else signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        if self._writing is not None:
            self._writing.join(STOP_SECONDS)
        self._output.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def figures_folder(log: Path) -> dict[str, str]:
    """An empty folder in which the workers of a server count together, as its environment."""
    folder = log.with_suffix(".figures")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {_FIGURES: str(folder)}


def start_actions(
    port: int = ACTIONS_PORT,
    log: Path = VAR / "actions.log",
    environment: Mapping[str, str] | None = None,
    python: Path | str = sys.executable,
    host: str = LOOPBACK,
) -> Server:
    """Start the action server (does not wait for it)."""
    command = [python, *LOGGED, "actions", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    around = {**figures_folder(log), **(environment or {})}
    return Server("action server", command, port, "/health", log, around, host)


def start_rasa(
    model: Path,
    port: int = RASA_PORT,
    log: Path = VAR / "rasa.log",
    endpoints: Path = PROJECT / "endpoints.yml",
    environment: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
    host: str = LOOPBACK,
) -> Server:
    """Start Rasa's server with the channels of `credentials.yml` (does not wait for it)."""
    command: list[str | Path] = [sys.executable, *LOGGED, "rasa", "rasa", "run", "-i", host]
    command += ["-p", str(port), "-m", model]
    command += ["--endpoints", endpoints, "--credentials", PROJECT / "credentials.yml", *extra]
    around = {**figures_folder(log), **(environment or {})}
    return Server("Rasa server", command, port, "/", log, around, host)


def start_desk(
    port: int = DESK_PORT,
    log: Path = VAR / "desk.log",
    environment: Mapping[str, str] | None = None,
    host: str = LOOPBACK,
) -> Server:
    """Start the desk (does not wait for it)."""
    command = [sys.executable, "-m", "switchboard.cli.app", "desk", "serve", "--port", str(port)]
    return Server(
        "desk",
        command,
        port,
        "/health",
        log,
        {"SWITCHBOARD_HOST": host, **(environment or {})},
        host,
    )
