"""A child's log: bounded, complete lines, for its owner alone; the child never waits for it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from switchboard.cli.rotating_log import RotatingLog


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_a_child_prints_is_in_bounded_files(tmp_path):
    log = RotatingLog(tmp_path / "rasa.log", limit=1000, kept=3)
    code = "import sys\nfor n in range(1000): print(f'line {n:04}', file=sys.stderr if n % 2 else sys.stdout, flush=True)"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    thread = log.follow(child.stdout)
    assert child.wait(60) == 0
    thread.join(10)
    log.close()
    found = files(tmp_path)
    assert sorted(found) == ["rasa.log", "rasa.log.1", "rasa.log.2", "rasa.log.3"]
    assert all(len(content) <= 1000 for content in found.values())
    lines = b"".join(found[name] for name in sorted(found, reverse=True)[:3]) + found["rasa.log"]
    numbers = [int(line.split()[1]) for line in lines.splitlines()]
    assert numbers == list(range(numbers[0], 1000)), "the newest ones, whole and in order"


def test_only_its_owner_reads_it(tmp_path):
    before = os.umask(0)
    old = tmp_path / "rasa.log.1"
    old.write_text("older")
    (tmp_path / "rasa.log").write_text("before\n")
    log = RotatingLog(tmp_path / "rasa.log", limit=20)
    log.write(b"x" * 15 + b"\n" + b"y" * 15 + b"\n")
    log.close()
    os.umask(before)
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}
    assert (tmp_path / "rasa.log.2").read_text() == "before\n", "what was there is kept"


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_a_line_without_end_is_bounded_too(tmp_path, size):
    log = RotatingLog(tmp_path / "rasa.log", limit=5000, kept=2)
    for _ in range(200_000 // max(size, 64)):
        log.write(b"z" * size)
    log.close()
    assert sum(map(len, files(tmp_path).values())) <= 15_000


def test_a_log_that_cannot_be_written_holds_up_no_child(tmp_path):
    folder = tmp_path / "var"
    log = RotatingLog(folder / "rasa.log", limit=100, kept=1)
    folder.rename(tmp_path / "elsewhere")  # every rotation fails from here on
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "print('x' * 90 + '\\n', end='') or [print('y' * 90) for _ in range(5000)]",
        ],
        stdout=subprocess.PIPE,
    )
    thread = log.follow(child.stdout)
    assert child.wait(30) == 0
    thread.join(10)
    assert not thread.is_alive()
    folder.mkdir()
    log.write(b"w" * 90 + b"\n")
    log.write(b"back\n" * 20)
    assert b"back" in (folder / "rasa.log").read_bytes(), "it goes on where it can"


def test_no_link_is_followed(tmp_path):
    (tmp_path / "target").write_text("mine")
    (tmp_path / "rasa.log").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        RotatingLog(tmp_path / "rasa.log")
