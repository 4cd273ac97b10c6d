"""`switchboard demo` where it cannot run, and the line by which `switchboard serve` names it."""

import pytest

from switchboard.cli.app import run
from switchboard.cli.processes import some_free_port
from switchboard.cli.serve import is_empty
from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database


@pytest.fixture
def url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'switchboard.db'}"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    return url


def write(url, name):
    engine = open_database(url)
    with engine.begin() as db:
        said = {"event": "user", "timestamp": 1000.0, "text": "hello"}
        ConversationLog(engine).append(db, name, [said])
    engine.dispose()


def test_without_an_assistant_it_says_what_to_start(url, capsys):
    assert run(["demo", "--port", str(some_free_port())]) == 2
    assert "make serve" in capsys.readouterr().err


def test_beside_real_conversations_it_refuses(url, capsys):
    write(url, "telegram:5")
    assert run(["demo"]) == 2
    assert "--force" in capsys.readouterr().err


def test_run_again_it_says_that_the_demo_is_there(url, capsys):
    write(url, "web:demo-1")
    assert run(["demo"]) == 0
    assert "The demo is there" in capsys.readouterr().out


def test_cleared_it_says_what_was_removed(url, capsys):
    write(url, "web:demo-1")
    assert run(["demo", "--clear"]) == 0
    assert "conversations 1, people 0" in capsys.readouterr().out


def test_serve_names_the_demo_while_nobody_has_written(url):
    assert is_empty(url)
    write(url, "telegram:5")
    assert not is_empty(url)
