"""`switchboard backup` and `restore`: whole or not there, also when they are killed."""

import os
import signal
import stat
import subprocess
import sys

import pytest
import sqlalchemy as sa

from switchboard.cli.app import run
from switchboard.project import PROJECT as ROOT

COMMAND = [sys.executable, "-m", "switchboard.cli.app"]


@pytest.fixture
def environment(place, monkeypatch):
    """The settings of the place, here and for subprocesses."""
    ours = {
        "SWITCHBOARD_DATABASE_URL": place.kept.database_url,
        "SWITCHBOARD_FILES_DIR": str(place.kept.files),
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{place.kept.shop}",
    }
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def fill(engine, count):
    with engine.begin() as db:
        row = {"conversation_id": "web:1", "at": 1.0, "kind": "user", "data": "x" * 200}
        db.execute(
            sa.text(
                "INSERT INTO conversation_events (conversation_id, at, kind, data) "
                "VALUES (:conversation_id, :at, :kind, :data)"
            ),
            [row] * count,
        )


def emptied(engine):
    with engine.begin() as db:
        db.execute(sa.text("DELETE FROM conversation_events"))


def count(engine):
    with engine.connect() as db:
        return db.execute(sa.text("SELECT count(*) FROM conversation_events")).scalar()


def test_there_and_back(environment, engine, tmp_path, capsys):
    fill(engine, 10)
    assert run(["backup", str(tmp_path / "b.tar.gz")]) == 0
    assert "b.tar.gz: " in capsys.readouterr().out
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert run(["restore", str(tmp_path / "b.tar.gz")]) == 2
    assert "--replace" in capsys.readouterr().err
    emptied(engine)
    assert run(["restore", str(tmp_path / "b.tar.gz")]) == 0
    assert "Restored as of 20" in capsys.readouterr().out
    assert count(engine) == 10


def test_by_pipes_as_for_encryption(environment, engine):
    fill(engine, 10)
    made = subprocess.run(
        [*COMMAND, "backup", "-"], env=environment, capture_output=True, check=True
    )
    emptied(engine)
    subprocess.run([*COMMAND, "restore", "-"], env=environment, input=made.stdout, check=True)
    assert count(engine) == 10


def test_in_a_folder_the_newest_are_kept(environment, tmp_path, capsys):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 6):
        (folder / f"switchboard-2025010{day}T000000Z.tar.gz").write_text("old")
    (folder / "switchboard-notes.txt").write_text("mine")
    assert run(["backup", str(folder), "--keep", "3"]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == [f"switchboard-2025010{day}T000000Z.tar.gz" for day in (4, 5)]
    assert (names[2][:14], names[3]) == ("switchboard-20", "switchboard-notes.txt")
    assert capsys.readouterr().out.count("taken away") == 3


def test_a_file_that_is_there_is_left(environment, tmp_path, capsys):
    (tmp_path / "b.tar.gz").write_text("mine")
    assert run(["backup", str(tmp_path / "b.tar.gz")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "b.tar.gz").read_text() == "mine"
    assert run(["backup", str(tmp_path / "nowhere" / "b.tar.gz")]) == 2
    assert run(["restore", str(tmp_path / "nowhere")]) == 2


def test_a_damaged_one_is_one_line(environment, tmp_path, capsys):
    (tmp_path / "b.tar.gz").write_text("no backup")
    assert run(["restore", str(tmp_path / "b.tar.gz")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "damaged, or none" in line


DIES = """
import os, signal, sys
from switchboard.{module} import {name} as place
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
import switchboard.{module}
setattr({target}, "{what}", die)
from switchboard.cli.app import run
run(sys.argv[1:])
"""


def killed_in(environment, script, *arguments):
    done = subprocess.run([sys.executable, "-c", script, *arguments], env=environment)
    assert done.returncode == -signal.SIGKILL


def test_a_backup_that_is_killed_leaves_none(environment, engine, tmp_path):
    fill(engine, 3000)
    folder = tmp_path / "backups"
    folder.mkdir()
    script = DIES.format(module="backup", name="making", target="place", what="_add_files")
    killed_in(environment, script, "backup", str(folder / "b.tar.gz"))
    (left,) = folder.iterdir()
    assert left.name == ".switchboard-backup.part"
    assert run(["backup", str(folder / "b.tar.gz")]) == 0
    assert [path.name for path in folder.iterdir()] == ["b.tar.gz"]
    emptied(engine)
    assert run(["restore", str(folder / "b.tar.gz")]) == 0
    assert count(engine) == 3000


@pytest.mark.parametrize("what", ["upgrade_within", "_restore_shop", "go_on_counting"])
def test_a_restore_that_is_killed_changes_nothing(environment, engine, tmp_path, what):
    fill(engine, 3000)
    assert run(["backup", str(tmp_path / "b.tar.gz")]) == 0
    fill(engine, 5)
    script = DIES.format(module="backup", name="restoring", target="place", what=what)
    killed_in(environment, script, "restore", str(tmp_path / "b.tar.gz"), "--replace")
    assert count(engine) == 3005
    assert run(["restore", str(tmp_path / "b.tar.gz"), "--replace"]) == 0
    assert count(engine) == 3000


def test_two_at_once_are_not_mixed(environment, engine, tmp_path):
    fill(engine, 3000)
    folder = tmp_path / "backups"
    folder.mkdir()
    both = [
        subprocess.Popen([*COMMAND, "backup", str(folder / name)], env=environment, stderr=-1)
        for name in ("a.tar.gz", "b.tar.gz")
    ]
    said = [one.communicate()[1].decode() for one in both]
    codes = sorted(one.returncode for one in both)
    assert codes in ([0, 0], [0, 2]), said
    assert codes == [0, 0] or "another backup" in "".join(said)
    emptied(engine)
    for path in folder.iterdir():
        assert run(["restore", str(path), "--replace"]) == 0
        assert count(engine) == 3000
