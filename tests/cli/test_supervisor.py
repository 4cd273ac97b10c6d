"""Servers that die, hang and stay away, as processes; small ones, since ours take long to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from switchboard.cli.processes import Server, local_url, port_free, some_free_port
from switchboard.cli.supervisor import Patience, Supervisor
from switchboard.errors import StartFailure
from switchboard.project import PROJECT as ROOT

SMALL = """
import http.server, os, signal, sys, threading, time
life, hangs = float(sys.argv[2]), []
signal.signal(signal.SIGUSR1, lambda *_: hangs.append(1))
def leave(*_):
    threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGTERM, leave)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while hangs: time.sleep(1)
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
if life: threading.Timer(life, lambda: os._exit(3)).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.daemon_threads = True
server.serve_forever()
"""
QUICK = Patience(deaths=3, period=60, first_delay=0.1, silence=1.0, look_every=0.1, start=20)


class Watched:
    """A supervisor of one small server; `life`: seconds until it ends by itself, 0 for never."""

    def __init__(self, folder, life=0.0, patience=QUICK):
        self.port, self.told, self.servers = some_free_port(), [], []
        script = folder / "small.py"
        script.write_text(SMALL)

        def start():
            command = [sys.executable, script, str(self.port), str(life)]
            self.servers.append(Server("small one", command, self.port, "/", folder / "small.log"))
            return self.servers[-1]

        self.supervisor = Supervisor([start], patience, self.told.append)
        self.done = threading.Event()

    def watch(self, until, seconds=20):
        """Watch until something is so, as seen by another thread."""

        def look():
            deadline = time.monotonic() + seconds
            while not (until() or self.done.is_set()) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.done.set()

        looking = threading.Thread(target=look)
        looking.start()
        try:
            self.supervisor.watch(self.done, 0.05)
        finally:
            self.done.set()
            looking.join()


@pytest.fixture
def watched(tmp_path):
    watched = Watched(tmp_path)
    watched.supervisor.start(watched.done)
    yield watched
    watched.supervisor.stop()
    assert port_free(watched.port)


def test_a_killed_server_is_started_again_and_told_of_in_one_line(watched):
    os.kill(watched.servers[0].pid, signal.SIGKILL)
    watched.watch(lambda: len(watched.servers) == 2 and watched.servers[1].answers())
    assert watched.servers[1].answers()
    (line,) = watched.told
    assert "small one was ended by SIGKILL" in line
    assert "small.log" in line


def test_one_that_hangs_counts_as_dead(watched):
    os.kill(watched.servers[0].pid, signal.SIGUSR1)
    watched.watch(lambda: len(watched.servers) == 2 and watched.servers[1].answers(), 30)
    assert watched.servers[1].answers()
    assert "did not answer for" in watched.told[0]
    assert not psutil.pid_exists(watched.servers[0].pid)


def test_it_gives_up_after_too_many_deaths_with_the_reason(tmp_path):
    watched = Watched(tmp_path, life=0.4)
    watched.supervisor.start(watched.done)
    began = time.monotonic()
    with pytest.raises(StartFailure) as told:
        watched.watch(lambda: False)
    assert "ended with exit code 3, 3 times within 1 minutes" in str(told.value)
    assert str(tmp_path / "small.log") in str(told.value)
    assert len(watched.told) == 2
    assert "in 0.1 s" in watched.told[0]
    assert "in 0.2 s" in watched.told[1]  # longer each time
    assert time.monotonic() - began < 15
    watched.supervisor.stop()
    assert port_free(watched.port)


def test_a_server_that_never_answers_fails_the_start(tmp_path):
    watched = Watched(tmp_path, life=0.01)
    with pytest.raises(StartFailure, match=r"small\.log"):
        watched.supervisor.start(watched.done)
    watched.supervisor.stop()


def test_none_outlives_a_killed_supervisor(tmp_path):
    (tmp_path / "small.py").write_text(SMALL)
    port = some_free_port()
    code = (
        "import sys, time; from pathlib import Path; from switchboard.cli.processes import Server\n"
        f"s = Server('x', [sys.executable, r'{tmp_path}/small.py', '{port}', '0'], {port}, '/', "
        f"Path(r'{tmp_path}/x.log'))\n"
        "s.wait(20); print(s.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while not port_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert port_free(port)


def test_where_this_machine_finds_a_server():
    assert local_url("0.0.0.0", 1) == local_url("127.0.0.1", 1) == "http://127.0.0.1:1"
    assert local_url("::", 1) == "http://[::1]:1"
    assert local_url("10.0.0.5", 1) == "http://10.0.0.5:1"


def test_an_address_of_another_machine_is_told():
    with pytest.raises(StartFailure, match="SWITCHBOARD_HOST"):
        port_free(some_free_port(), "192.0.2.1")
