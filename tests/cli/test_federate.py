"""`switchboard learn federate`: one line for what cannot be."""

import pytest

from switchboard.cli.app import run
from switchboard.federated import flower_environment
from switchboard.pinned_environment import PinnedEnvironment


@pytest.fixture
def none_made(tmp_path, monkeypatch):
    known = flower_environment.FLOWER
    missing = PinnedEnvironment(tmp_path / "none", known.pins, known.purpose)
    monkeypatch.setattr(flower_environment, "FLOWER", missing)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_without_its_environment_it_says_how_to_get_it(none_made, capsys):
    assert run(["learn", "federate"]) == 2
    assert "run it again with --install" in capsys.readouterr().err


def test_without_uv_it_cannot_be_made(none_made, capsys):
    assert run(["learn", "federate", "--install"]) == 2
    assert "uv" in capsys.readouterr().err


def test_budgets_are_numbers(capsys):
    assert run(["learn", "federate", "--epsilons", "some"]) == 2
    assert "--epsilons" in capsys.readouterr().err
