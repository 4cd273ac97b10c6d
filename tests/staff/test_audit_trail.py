"""The trail of what people did: nobody alters it through the database, and whoever does so behind
its back is found out."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from switchboard.cli.app import run
from switchboard.database.tables import audit, audit_end
from switchboard.staff.audit import LOOK_SECONDS, AuditTrail
from tests.fakes.clock import Clock

ROW = {"at": 1.0, "person_id": None, "act": "nothing", "subject": "", "detail": "", "hash": ""}


@pytest.fixture
def clock():
    return Clock(2_000_000_000.25)


@pytest.fixture
def trail(engine, clock):
    trail = AuditTrail(engine, clock)
    for number in range(1, 6):
        trail.record(number, "look", f"T-{number}", "说 é")
    return trail


def acts(trail):
    return [(number, record.act) for number, record in trail.newest()]


def behind_its_back(engine, *statements):
    """What somebody does who may change the schema, too."""
    with engine.begin() as db:
        if engine.dialect.name == "sqlite":
            for name in ("update", "delete", "replace"):
                db.exec_driver_sql(f"DROP TRIGGER audit_no_{name}")
        else:
            db.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        for statement in statements:
            db.exec_driver_sql(statement)


def test_it_is_not_changed_and_nothing_is_taken_away(engine, trail):
    before = acts(trail)
    for change in (sa.update(audit).values(act="nothing"), sa.delete(audit)):
        with pytest.raises(DBAPIError), engine.begin() as db:
            db.execute(change)
    assert acts(trail) == before
    assert acts(trail)[2:] == [(n, record.act) for n, record in trail.newest(before=4)]


REPLACING = (
    "INSERT OR REPLACE INTO audit (id, at, act, subject, detail) VALUES (1, 1.0, 'x', '', '')",
    "REPLACE INTO audit (id, at, act, subject, detail) VALUES (1, 1.0, 'x', '', '')",
    "UPDATE OR REPLACE audit SET id = 1 WHERE id = 2",
    "INSERT INTO audit (id, at, act, subject, detail) VALUES (1, 1.0, 'x', '', '') "
    "ON CONFLICT (id) DO UPDATE SET act = 'x'",
)


@pytest.mark.parametrize("statement", REPLACING)
def test_it_is_not_replaced(engine, trail, statement):
    if engine.dialect.name == "postgresql":
        pytest.skip("REPLACE is SQLite's")
    for connect in (engine.raw_connection, lambda: sqlite3.connect(engine.url.database)):
        connection = connect()  # one of ours, and one of anybody's
        with pytest.raises(sqlite3.DatabaseError, match="not changed"):
            connection.cursor().execute(statement)
        connection.close()
    assert trail.verify().broken is None


def test_it_is_not_emptied(engine, trail):
    if engine.dialect.name == "sqlite":
        pytest.skip("TRUNCATE is PostgreSQL's")
    for statement in ("TRUNCATE audit", "TRUNCATE audit CASCADE"):
        with pytest.raises(DBAPIError, match="not changed"), engine.begin() as db:
            db.exec_driver_sql(statement)
    assert len(acts(trail)) == 5


def test_a_whole_trail_is_whole(engine, trail, clock):
    found = trail.verify()
    assert (found.rows, found.last, found.broken, len(found.hash)) == (5, 5, None, 64)
    trail.record(None, "x" * 99, "y" * 99, "z" * 999)
    assert trail.verify().broken is None
    assert trail.verify().hash != found.hash


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET person_id = 9 WHERE id = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE id = 2", 2),
        ("UPDATE audit SET act = 'x' WHERE id = 5", 5),
        ("UPDATE audit SET subject = 'x' WHERE id = 1", 1),
        ("UPDATE audit SET detail = 'x' WHERE id = 4", 4),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 5", 5),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit (id, at, act, subject, detail) VALUES (6, 1.0, 'x', '', '')", 6),
        ("INSERT INTO audit (id, at, act, subject, detail) VALUES (99, 1.0, 'x', '', '')", 6),
        ("UPDATE audit_end SET last = 4", 5),
    ],
)
def test_the_first_broken_row_is_told(engine, trail, statement, broken):
    behind_its_back(engine, statement)
    assert trail.verify().broken == broken


def test_what_is_added_at_once_by_many_is_one_chain(engine, clock):
    def add():
        for _ in range(5):
            AuditTrail(engine, clock).record(1, "look", "T-1")

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert AuditTrail(engine).verify().broken is None
    found = AuditTrail(engine).verify()
    assert (found.rows, found.broken) == (30, None)


def test_what_is_taken_back_leaves_no_gap(engine, trail):
    with engine.connect() as db, db.begin() as began:
        trail.write(db, 1, "look", "T-1")
        began.rollback()
    trail.record(1, "look", "T-1")
    assert trail.verify().broken is None
    with engine.connect() as db:
        assert db.execute(sa.select(audit_end.c.last)).scalar() == 6


def test_one_record_stands_for_the_looks_of_a_while(engine, clock):
    trail = AuditTrail(engine, clock)
    for person in (1, 2):
        for subject in ("T-1", "T-2", "T-1"):
            trail.look(person, subject)
    assert len(acts(trail)) == 4
    clock.now += LOOK_SECONDS - 1
    trail.look(1, "T-1")
    assert len(acts(trail)) == 4
    clock.now += 2
    trail.look(1, "T-1")
    assert len(acts(trail)) == 5
    trail.look(None, "T-1")
    trail.look(None, "T-1")
    assert len(acts(trail)) == 6


def test_the_command_tells_whether_it_is_whole(engine, trail, monkeypatch, capsys):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", engine.url.render_as_string(False))
    assert run(["desk", "trail"]) == 0
    assert "T-5" in capsys.readouterr().out
    assert run(["desk", "trail", "--verify"]) == 0
    told = capsys.readouterr().out
    assert "5 rows" in told
    assert trail.verify().hash in told
    behind_its_back(engine, "UPDATE audit SET person_id = 9 WHERE id = 3")
    assert run(["desk", "trail", "--verify"]) == 1
    assert "row 3" in capsys.readouterr().err
