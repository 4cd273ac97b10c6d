"""`make shell` as a person uses it: in a terminal, with a question, and Ctrl-C."""

from __future__ import annotations

import os
import pty
import selectors
import signal
import subprocess
import sys
import time

import pytest

from switchboard.cli.processes import ACTIONS_PORT, RASA_PORT, port_free
from switchboard.project import PROJECT as ROOT


class Terminal:
    """A child process on a pseudo-terminal."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "switchboard.cli.app", "shell"],
            cwd=ROOT,
            env={**os.environ, **environment, "TERM": "xterm", "COLUMNS": "200"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=self._own_terminal,
        )
        os.close(slave)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._master, selectors.EVENT_READ)
        self.seen = ""

    @staticmethod
    def _own_terminal() -> None:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def expect(self, text: str, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen[-2000:]!r}"
            if self._selector.select(0.5):
                data = os.read(self._master, 65536).decode(errors="replace")
                if "\x1b[6n" in data:  # the prompt asks the terminal where its cursor is
                    os.write(self._master, b"\x1b[1;1R")
                self.seen += data

    def send(self, text: str) -> None:
        os.write(self._master, text.encode())

    def close(self) -> None:
        self._selector.close()
        os.close(self._master)


@pytest.fixture
def terminal(tmp_path, seeded_shop):
    if not (port_free(RASA_PORT) and port_free(ACTIONS_PORT)):
        pytest.fail(f"ports {RASA_PORT} and {ACTIONS_PORT} have to be free for this test")
    terminal = Terminal(
        {
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path}/switchboard.db",
            "SWITCHBOARD_ORDERS_URL": f"sqlite:///{tmp_path}/shop.db",
        }
    )
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.send_signal(signal.SIGTERM)
        terminal.process.wait(30)
    terminal.close()


def ended(terminal: Terminal) -> bool:
    terminal.process.wait(30)
    return port_free(ACTIONS_PORT) and port_free(RASA_PORT)


def test_a_conversation_in_the_terminal(terminal):
    terminal.expect("Seeded the demo shop")
    terminal.expect("Your input")
    terminal.send("which payment methods do you accept\r")
    terminal.expect("Apple Pay")
    terminal.send("can I put the mugs in the dishwasher\r")
    terminal.expect("Stoneware in daily use")
    terminal.send("/stop\r")
    assert ended(terminal)
    assert terminal.process.returncode == 0


@pytest.mark.long
def test_ctrl_c_ends_everything(terminal):
    terminal.expect("Your input")
    terminal.send("\x03")
    assert ended(terminal)


@pytest.mark.long
def test_a_termination_ends_everything(terminal):
    terminal.expect("Your input")
    terminal.process.send_signal(signal.SIGTERM)
    assert ended(terminal)
