"""What fails beside others only is named and no failure; what fails alone stays one."""

import sys

import pytest

from scripts.again import MOST, run_tests

ONCE = """
import pathlib, pytest
@pytest.mark.xdist_group("shared")
@pytest.mark.parametrize("address", ["one@shop.example"])
def test_first_time(address, seen=pathlib.Path(__file__).with_name("seen")):
    if not seen.exists():
        seen.touch()
        raise AssertionError("busy")
def test_well():
    with open(pathlib.Path(__file__).with_name("runs"), "a") as runs:
        runs.write("x")
"""
ALWAYS = "def test_wrong():\n    assert 1 == 2\n"
MANY = f"import pytest\n@pytest.mark.parametrize('n', range({MOST + 1}))\n" + (
    "def test_all_wrong(n):\n    assert n < 0\n"
)


@pytest.fixture
def status_of(tmp_path):
    """Runs a folder with these files; the exit status."""

    def run(**files):
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
        for name, text in files.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        pytest = [sys.executable, "-m", "pytest", "-q"]
        return run_tests(pytest, ["-n", "2", "--dist", "loadgroup"], tmp_path)

    return run


def test_what_fails_only_once_is_named_and_no_failure(status_of, tmp_path, capfd):
    assert status_of(once=ONCE) == 0
    assert (tmp_path / "runs").read_text() == "x"  # what passed is not run again
    assert (
        "passed alone:\n    test_once.py::test_first_time[one@shop.example]\n"
        in capfd.readouterr().out
    )


def test_what_fails_alone_too_is_a_failure(status_of, capfd):
    assert status_of(once=ONCE, always=ALWAYS) == 1
    told = capfd.readouterr().out
    assert told.count("FAILED test_always.py::test_wrong") == 2
    assert "passed alone:\n    test_once.py::test_first_time" in told


def test_many_failures_are_no_chance(status_of, capfd):
    assert status_of(many=MANY) == 1
    assert "again" not in capfd.readouterr().out


def test_what_cannot_be_collected_fails(status_of):
    assert status_of(broken="import nowhere_to_be_found\n") != 0
