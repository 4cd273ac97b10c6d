"""Setting up and starting: one clear line when it cannot be done, and nothing left half done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import setup
from switchboard.cli.processes import (
    ACTIONS_PORT,
    RASA_PORT,
    StartFailure,
    port_free,
    start_actions,
)
from switchboard.project import PROJECT as ROOT


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The set-up script pointed at an empty folder."""
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "STAMP", tmp_path / ".venv" / ".switchboard")
    monkeypatch.setattr(setup, "REQUIREMENTS", tmp_path / "requirements.txt")
    return tmp_path


def test_no_python_is_one_line(elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(setup, "find_python", lambda: None)
    monkeypatch.setattr(setup, "find_uv", lambda scratch: None)
    assert setup.main() == 1
    assert capsys.readouterr().err.strip().startswith("switchboard: no Python 3.10")
    assert not (elsewhere / ".venv").exists()


def test_an_activated_environment_is_not_made_from_itself(elsewhere, monkeypatch):
    programs = elsewhere / ".venv" / "bin"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", programs.parent], check=True)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    found = setup.find_python()
    assert found is not None
    assert programs not in Path(found).parents


def test_no_space_is_one_line(elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(setup, "NEEDED_BYTES", 10**18)
    assert setup.main() == 1
    assert capsys.readouterr().err.startswith("switchboard: not enough space")
    assert not (elsewhere / ".venv").exists()


@pytest.mark.long
def test_a_failed_installation_leaves_nothing(elsewhere, monkeypatch, capsys):
    (elsewhere / "requirements.txt").write_text("no-such-package==1 --hash=sha256:" + "0" * 64)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert setup.main() == 1
    err = capsys.readouterr().err.strip()
    assert err.startswith("switchboard: the packages could not be installed")
    assert "\n" not in err
    assert not (elsewhere / ".venv").exists()


@pytest.mark.long
def test_a_second_run_does_nothing(elsewhere):
    assert setup.main() == 0
    before = (elsewhere / ".venv").stat().st_mtime_ns
    assert setup.main() == 0
    assert (elsewhere / ".venv").stat().st_mtime_ns == before
    (elsewhere / "requirements.txt").write_text("# other pins\n")
    assert not setup.ready()


def test_only_python_310_will_do():
    assert setup.is_python(sys.executable)
    assert not setup.is_python("/bin/false")
    assert not setup.is_python("/no/such/python")


@pytest.mark.parametrize(
    ("port", "who"), [(RASA_PORT, "Rasa"), (ACTIONS_PORT, "the action server")]
)
def test_a_port_in_use_is_one_line(port, who):
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        assert not port_free(port)
        done = subprocess.run(
            [sys.executable, "-m", "switchboard.cli.app", "shell"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr.strip() == f"switchboard: port {port} is in use; {who} needs it"
    assert done.stdout == ""


def test_a_server_that_ends_at_once_is_named(tmp_path):
    server = start_actions(0, tmp_path / "a.log", python="/bin/false")
    with pytest.raises(StartFailure, match="ended at once"):
        server.wait()
    server.stop()
