"""A process that is killed in the middle of replies to comments: none is lost, none is doubled."""

import os
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from switchboard.cli.processes import some_free_port
from switchboard.database.connection import open_database
from switchboard.database.tables import comment_replies
from switchboard.project import PROJECT as ROOT
from tests.comments.conftest import switched_on
from tests.fakes.graph_server import deliver

MANY = 24


def start(port):
    command = [sys.executable, "-m", "tests.channels.comment_server", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while True:
        try:
            if deliver(f"http://127.0.0.1:{port}", {"object": "page", "entry": []}) == 200:
                return process
        except OSError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.long
def test_killed_in_the_middle_each_comment_has_one_reply(graph, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    settings = {
        **graph.environment,
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'mail.db'}",
        "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
        "SWITCHBOARD_DATA_DIR": str(switched_on(tmp_path / "data")),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    open_database(settings["SWITCHBOARD_DATABASE_URL"]).dispose()
    port = some_free_port()
    url, process = f"http://127.0.0.1:{port}", start(port)
    bodies = [graph.feed.comments(n + 10, "How long?", post=f"1001_{n}") for n in range(MANY)]
    try:
        for body in bodies:
            assert deliver(url, body) == 200
        for _ in range(2):
            before = len(graph.feed.written)
            deadline = time.monotonic() + 60
            while len(graph.feed.written) < before + 3:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start(port)
            for body in bodies:  # the platform, not sure that we had them, delivers them again
                assert deliver(url, body) == 200
        deadline = time.monotonic() + 120
        while len(graph.feed.answers) < MANY:
            assert time.monotonic() < deadline, f"{len(graph.feed.answers)} answered"
            time.sleep(0.1)
        time.sleep(2)
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(30)
    assert [len(said) for said in graph.feed.answers.values()] == [1] * MANY
    assert len(graph.feed.written) == MANY
    with open_database(settings["SWITCHBOARD_DATABASE_URL"]).connect() as db:
        rows = db.execute(sa.select(comment_replies)).all()
    assert [row.private for row in rows] == ["sent"] * MANY
    assert len({row.conversation for row in rows}) == MANY
