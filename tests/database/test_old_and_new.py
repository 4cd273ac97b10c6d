"""Versions of two ages on one database: the older goes on while it can, and says when it cannot."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from switchboard.cli.app import run
from switchboard.database.compatibility import State, how_it_fits
from switchboard.database.connection import REVISION, open_database
from switchboard.database.migrations import upgrade as migrating
from switchboard.database.migrations.upgrade import create_as_of, exclusively, upgrade
from switchboard.database.tables import metadata, turns
from switchboard.errors import ConfigurationError, StartFailure
from tests.database.newer_version import NEXT, next_version

TURN = {
    "conversation_id": "web:1",
    "channel": "web",
    "route": "known",
    "cause": "rule",
    "reason": "x",
    "intent": "greet",
    "mood": None,
}


def url_of(engine):
    return engine.url.render_as_string(hide_password=False)


def columns(engine, table="turns"):
    return {column["name"] for column in sa.inspect(engine).get_columns(table)}


class Writer:
    """An older process that writes turns all the while."""

    def __init__(self, engine):
        self._engine, self._done = engine, threading.Event()
        self.written, self.failures, self.longest = 0, [], 0.0
        self._thread = threading.Thread(target=self._write)

    def _write(self):
        while not self._done.is_set():
            began = time.monotonic()
            try:
                with self._engine.begin() as db:
                    db.execute(sa.insert(turns).values(at=self.written, **TURN))
                self.written += 1
            except Exception as error:
                self.failures.append(error)
            self.longest = max(self.longest, time.monotonic() - began)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


def until(count, writer):
    wanted = writer.written + count
    deadline = time.monotonic() + 20
    while writer.written < wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    assert writer.written >= wanted


def test_an_older_process_writes_on_while_a_newer_one_upgrades(engine, tmp_path, monkeypatch):
    next_version(tmp_path, monkeypatch=monkeypatch)
    with Writer(engine) as writer:
        until(20, writer)
        newer = sa.create_engine(url_of(engine), future=True)
        upgrade(newer)
        assert "colour" in columns(newer)
        until(20, writer)
    assert writer.failures == []
    with engine.connect() as db:
        assert db.execute(sa.text("SELECT count(*) FROM turns")).scalar() == writer.written
        assert db.execute(sa.text("SELECT DISTINCT colour FROM turns")).scalars().all() == ["blue"]
    newer.dispose()


def test_an_older_process_starts_on_a_database_that_left_it_room(engine, tmp_path, monkeypatch):
    next_version(tmp_path, monkeypatch=monkeypatch)
    upgrade(engine)
    monkeypatch.undo()
    open_database(url_of(engine)).dispose()
    with engine.connect() as db:
        fit = how_it_fits(db, REVISION)
    assert (fit.found, fit.state) == (NEXT, State.NEWER)
    upgrade(engine)  # who read the revision before the newer one was there
    assert "colour" in columns(engine)


def test_a_database_that_is_too_new_is_one_clear_line(engine, tmp_path, monkeypatch, capsys):
    next_version(tmp_path, works_from=NEXT, monkeypatch=monkeypatch)
    upgrade(engine)
    monkeypatch.undo()
    for reach in (lambda: open_database(url_of(engine)), lambda: upgrade(engine)):
        with pytest.raises(ConfigurationError, match=f"newer version.*{NEXT}.*upgrade Switchboard"):
            reach()
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url_of(engine))
    for command in (["database", "status"], ["database", "upgrade"], ["desk", "list"]):
        assert run(command) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "newer version" in line
    assert "colour" in columns(engine)


def test_status_tells_and_changes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert run(["database", "status"]) == 1
    assert f"database: empty; code: {REVISION}" in capsys.readouterr().out
    assert run(["database", "status"]) == 1
    assert run(["database", "upgrade"]) == 0
    assert run(["database", "status"]) == 0
    assert f"database: {REVISION}" in capsys.readouterr().out


def test_an_upgrade_waits_briefly_for_long_transactions_and_gives_up(engine, tmp_path, monkeypatch):
    next_version(tmp_path, monkeypatch=monkeypatch)
    monkeypatch.setattr(migrating, "_PAUSES", (0.1,))
    monkeypatch.setattr(migrating, "_TABLE_LOCK", "200ms")
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as busy:
        if sqlite:
            busy.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            busy.execute(sa.select(turns)).all()  # reads, and does not end its transaction
        quick = {"connect_args": {"timeout": 0.2}} if sqlite else {}
        other = sa.create_engine(url_of(engine), future=True, **quick)
        began = time.monotonic()
        with pytest.raises(StartFailure, match="too busy"):
            upgrade(other)
        assert time.monotonic() - began < 5
        busy.rollback()
    assert "colour" not in columns(engine)
    upgrade(engine)
    assert "colour" in columns(engine)
    other.dispose()


def test_readers_wait_no_longer_than_the_bound(engine, tmp_path, monkeypatch):
    """An upgrade that waits for a long transaction holds nobody else up for longer than its bound."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite's readers never wait")
    next_version(tmp_path, monkeypatch=monkeypatch)
    monkeypatch.setattr(migrating, "_PAUSES", (0.5, 0.5, 0.5))
    monkeypatch.setattr(migrating, "_TABLE_LOCK", "300ms")
    other = sa.create_engine(url_of(engine), future=True)
    with engine.connect() as busy, Writer(engine) as writer:
        busy.execute(sa.select(turns)).all()
        with pytest.raises(StartFailure):
            upgrade(other)
        until(5, writer)
        assert writer.failures == []
        assert 0.1 < writer.longest < 1.5
    other.dispose()


KILLED = """
import sys
import sqlalchemy as sa
from pathlib import Path
from switchboard.database.migrations import upgrade as migrating
migrating.FOLDER = Path(sys.argv[2])
migrating.upgrade(sa.create_engine(sys.argv[1], future=True))
"""
DIES = """op.add_column("turns", sa.Column("colour", sa.String(8)))
    import os
    os.kill(os.getpid(), 9)"""


def test_an_upgrade_that_is_killed_changes_nothing(engine, tmp_path):
    folder = next_version(tmp_path, change=DIES)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, url_of(engine), folder],
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == -9
    assert "colour" not in columns(engine)
    with engine.connect() as db:
        assert how_it_fits(db, REVISION).state is State.CURRENT


@pytest.mark.parametrize("revision", ["0009"])
def test_a_database_in_the_shape_of_an_older_version_comes_back_to_today(engine, revision):
    """Restoring an older backup goes this way."""
    with engine.begin() as db:
        metadata.drop_all(db)
        db.execute(sa.text("DROP TABLE alembic_version"))
    with exclusively(engine) as db:
        create_as_of(db, revision)
        assert db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == revision
    upgrade(engine)
    with engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []
        assert how_it_fits(db, REVISION).works_from == "0012"


SHRINKS = ("drop_column", "drop_table", "rename_table", "RENAME", "alter_column", "new_column_name")


def upgrading(text):
    return text.split("def upgrade")[1].split("def downgrade")[0]


def complaint(name, text):
    """What is wrong with a migration as far as older processes are concerned."""
    revision = name[:4]
    if revision < "0012":
        return ""
    if f'works_from = "{revision}"' in text:
        return ""
    if "works_from = " not in text:
        return "does not say how old the code may be that works on it"
    shrinks = [word for word in SHRINKS if word in upgrading(text)]
    return f"{shrinks[0]}: older code cannot work on it" if shrinks else ""


def test_every_migration_says_how_old_the_code_may_be():
    files = Path(migrating.__file__).parent.joinpath("versions").glob("*.py")
    assert {
        path.name: said for path in files if (said := complaint(path.name, path.read_text()))
    } == {}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('works_from = "0012"\ndef upgrade():\n    op.drop_column("a", "b")', "drop_column"),
        ("def upgrade():\n    pass", "does not say"),
    ],
)
def test_one_that_takes_away_and_lets_older_code_work_on_is_noticed(text, word):
    assert word in complaint("0013_x.py", text)
    assert complaint("0013_x.py", 'works_from = "0013"\n' + text) == ""
