"""What holds customers' data is readable by the user of the servers alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
import sqlalchemy as sa

from switchboard.database.connection import open_database
from switchboard.files.file_store import FileStore
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.owner_only import own_file, own_folder, tighten_folder
from switchboard.project import PROJECT

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture(autouse=True)
def careless():
    """Whoever starts the servers may have any umask."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def open_to_others(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    )


def test_databases_with_their_logs(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path}/var/switchboard.db")
    shop = SqliteOrderSystem(f"sqlite:///{tmp_path}/var/shop.db")
    with engine.begin() as db:
        db.execute(sa.text("CREATE TABLE t (a INTEGER)"))
        assert (tmp_path / "var" / "switchboard.db-wal").exists()
        assert open_to_others(tmp_path) == []
    shop.engine.dispose()
    engine.dispose()


def test_a_database_that_was_open_to_others_is_tightened(tmp_path, empty_database):
    path = tmp_path / "switchboard.db"
    path.write_bytes(empty_database.read_bytes())
    for name in (path, tmp_path / "switchboard.db-wal"):
        name.touch()
        name.chmod(0o666)
    open_database(f"sqlite:///{path}").dispose()
    assert open_to_others(tmp_path) == []


def test_pictures(tmp_path, engine):
    folder = tmp_path / "files"
    folder.mkdir(mode=0o777)
    store = FileStore(engine, folder)
    store.keep("web:1", PICTURE)
    FileStore(engine, tmp_path / "new" / "files").keep("web:1", PICTURE)
    assert [p for p in open_to_others(tmp_path) if p.startswith(("files", "new"))] == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_somebody_is_not_changed_for_being_above(tmp_path):
    tmp_path.chmod(0o755)
    own_file(tmp_path / "x.db")
    own_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert open_to_others(tmp_path) == []


def test_no_link_is_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("the shop's own page")
    outside.chmod(0o644)
    var = tmp_path / "var"
    var.mkdir()
    (var / "link").symlink_to(outside)
    (var / "old.log").write_text("")
    tighten_folder(var)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert stat.S_IMODE((var / "old.log").stat().st_mode) == 0o600
    tighten_folder(tmp_path / "none")


@pytest.mark.parametrize(("command", "umask"), [("seed", "0o77"), ("train", "0o0")])
def test_commands_write_for_their_user_alone(tmp_path, command, umask):
    for name in ("config.yml", "domain.yml"):
        (tmp_path / name).touch()
    (tmp_path / "var").mkdir(mode=0o777)
    (tmp_path / "var" / "rasa.log").touch(mode=0o666)
    code = (
        f"import sys, os; sys.path.insert(0, {str(PROJECT)!r}); sys.argv = ['switchboard', {command!r}]\n"
        "from switchboard.cli import app\n"
        "app.run = lambda _: print(oct(os.umask(0))) or 0\napp.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == umask, done.stderr
    assert open_to_others(tmp_path / "var") == []
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
