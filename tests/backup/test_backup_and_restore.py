"""What was kept comes back whole, from either database into either, while others write."""

import random
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.types import Boolean, Float, Integer, LargeBinary, String

from switchboard.backup.table_rows import LEFT_OUT, backed_up
from switchboard.database.connection import REVISION, open_database
from switchboard.database.migrations.upgrade import create_as_of, exclusively
from switchboard.database.tables import events, macros, metadata, turns
from switchboard.errors import BackupRefused
from switchboard.files.file_store import FileStore

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40


def kind_of(column):
    """Its type on PostgreSQL."""
    return getattr(column.type, "impl", column.type)


def invented(column, number):
    """A value for a column, as awkward as its type allows."""
    if isinstance(kind_of(column), Boolean):
        return number % 2 == 0
    if isinstance(kind_of(column), Float):
        return 1.0 / 3 + number
    if isinstance(kind_of(column), Integer):
        return number
    if isinstance(kind_of(column), LargeBinary):
        return bytes(range(256))
    text = f"{number}-ü 退货 \n\t\"'\\ 😀"
    return text[: getattr(column.type, "length", None) or 200]


def fill(engine):
    """Three rows in every table."""
    with engine.begin() as db:
        for table in metadata.sorted_tables:
            db.execute(sa.delete(table)) if table.name != "audit" else None
            for number in (1, 2, 3):
                row = {c.name: invented(c, number) for c in table.columns}
                row = {
                    name: None if table.columns[name].nullable and number == 3 else value
                    for name, value in row.items()
                }
                db.execute(sa.insert(table).values(**row))


def everything(engine):
    with engine.connect() as db:
        return {
            table.name: sorted(map(tuple, db.execute(sa.select(table)).all()), key=repr)
            for table in backed_up()
        }


def test_every_kind_of_column_can_be_written():
    kinds = {type(kind_of(c)) for table in backed_up() for c in table.columns}
    assert all(issubclass(k, Boolean | Float | Integer | String | LargeBinary) for k in kinds), (
        kinds
    )


@KINDS
def test_every_row_of_every_table_comes_back(place, engine, empty_place, kind):
    fill(engine)
    target = empty_place(kind)
    assert target.restore(place.backup()) == 3 * len(backed_up())
    assert everything(target.engine) == everything(engine)
    assert all(target.count(name) == 0 for name in LEFT_OUT - {"compatibility"})
    # The next rows get numbers of their own, and the trail is pinned here too.
    opened = open_database(target.kept.database_url)
    with opened.begin() as db:
        values = {c.name: invented(c, 9) for c in turns.columns if c.name != "id"}
        assert db.execute(sa.insert(turns).values(**values)).inserted_primary_key[0] == 4
    with pytest.raises(sa.exc.DBAPIError, match="not changed"), opened.begin() as db:
        db.execute(sa.text("DELETE FROM audit"))
    opened.dispose()


@KINDS
def test_files_shop_and_model_come_back(place, engine, empty_place, kind):
    kept = FileStore(engine, place.kept.files).keep("web:1", PICTURE, "mug.jpg")
    (place.kept.files / "xx").mkdir()
    (place.kept.files / "xx" / "tmp123").write_text("never finished")
    with sqlite3.connect(place.kept.shop) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE orders (number TEXT)")
        db.execute("INSERT INTO orders VALUES ('4711')")
    place.kept.models.mkdir()
    model = place.kept.models / "20261122-one.tar.gz"
    model.write_bytes(b"model")
    (place.kept.models / ".trained-from").write_text("20261122-one.tar.gz abc")
    (place.kept.models / "certainty.json").write_text("{}")
    target = empty_place(kind)
    target.restore(place.backup(model=model))
    found, content = FileStore(target.engine, target.kept.files).read(kept.reference)
    assert (found, content) == (kept, PICTURE)
    assert len([p for p in target.kept.files.rglob("*") if p.is_file()]) == 1
    with sqlite3.connect(target.kept.shop) as db:
        assert db.execute("SELECT * FROM orders").fetchall() == [("4711",)]
    assert {p.name: p.read_bytes() for p in target.kept.models.iterdir()} == {
        model.name: b"model",
        ".trained-from": b"20261122-one.tar.gz abc",
        "certainty.json": b"{}",
    }
    private = [*target.kept.files.rglob("*"), target.kept.shop, *target.kept.models.iterdir()]
    if kind == "sqlite":
        private.append(target.folder / "switchboard.db")
    assert all(stat.S_IMODE(p.stat().st_mode) & 0o077 == 0 for p in private)


class Shop:
    """Servers that write: events with their turn in one transaction, and files with their row."""

    def __init__(self, place, threads=3):
        self._place, self._stop = place, threading.Event()
        self.acknowledged, self.failures = [], []
        self._engine = open_database(place.kept.database_url)
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(threads)]

    def _write(self, number):
        store, count = FileStore(self._engine, self._place.kept.files), 0
        while not self._stop.is_set():
            count += 1
            key = f"web:{number}-{count}"
            try:
                with self._engine.begin() as db:
                    row = {c.name: invented(c, 1) for c in turns.columns if c.name != "id"}
                    db.execute(sa.insert(turns).values({**row, "conversation_id": key}))
                    event = {"conversation_id": key, "at": 1.0, "kind": "user", "data": "{}"}
                    db.execute(sa.insert(events), [event, event])
                if count % 5 == 0:
                    kept = store.keep(key, PICTURE)
                    if random.random() < 0.3:
                        with self._engine.begin() as db:
                            db.execute(sa.text("DELETE FROM files WHERE id = :i"), {"i": kept.id})
                        store.remove([kept.id])
                self.acknowledged.append(key)
            except Exception as error:
                self.failures.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def wrote(self, count):
        while len(self.acknowledged) < count and not self.failures:
            pass
        return list(self.acknowledged)


@KINDS
def test_while_servers_write_nothing_acknowledged_is_missing(place, engine, empty_place, kind):
    with Shop(place) as shop:
        before = shop.wrote(60)
        path = place.backup()
        shop.wrote(len(shop.acknowledged) + 20)
    assert shop.failures == []
    target = empty_place(kind)
    target.restore(path)
    with target.engine.connect() as db:
        held = db.execute(sa.select(turns.c.conversation_id)).scalars().all()
        pairs = db.execute(
            sa.select(events.c.conversation_id, sa.func.count()).group_by(events.c.conversation_id)
        ).all()
        rows = db.execute(sa.text("SELECT id FROM files")).scalars().all()
    assert set(before) <= set(held)
    assert len(held) == len(set(held))
    # What was written in one transaction is there together or not at all.
    assert dict(pairs) == dict.fromkeys(held, 2)
    store = FileStore(target.engine, target.kept.files)
    originals = FileStore(engine, place.kept.files)
    there = [number for number in rows if store.find(number)]
    assert there
    assert all(store.read(number)[1] == PICTURE for number in there)
    assert all(originals.find(number) is None for number in set(rows) - set(there))


def test_a_database_with_rows_is_left_alone_unless_told(place, engine):
    fill(engine)
    path = place.backup()
    with engine.begin() as db:
        db.execute(sa.insert(macros).values(name="later", text_en="a", text_zh="b"))
    before = everything(engine)
    engine.dispose()
    with pytest.raises(BackupRefused, match=r"not empty.*--replace"):
        place.restore(path)
    assert everything(engine) == before
    place.restore(path, replace=True)
    assert everything(engine) != before
    assert place.count("macros") == 3


def test_replacing_takes_away_the_files_that_it_no_longer_names(place, engine):
    store = FileStore(engine, place.kept.files)
    kept = store.keep("web:1", PICTURE)
    path = place.backup()
    later = store.keep("web:2", PICTURE)
    place.restore(path, replace=True)
    assert store.find(kept.id)
    assert [p.name for p in place.kept.files.rglob("*") if p.is_file()] == [kept.id]
    assert later.id != kept.id


def test_a_shop_that_is_there_is_left_alone_unless_told(place, empty_place):
    sqlite3.connect(place.kept.shop).execute("CREATE TABLE orders (number TEXT)")
    target = empty_place("sqlite")
    sqlite3.connect(target.kept.shop).execute("CREATE TABLE mine (number TEXT)")
    with pytest.raises(BackupRefused, match=r"shop.db is there"):
        target.restore(place.backup())
    assert "alembic_version" not in target.tables()


def test_a_database_in_use_is_said_and_left(place, engine):
    fill(engine)
    path = place.backup()
    before = everything(engine)
    with engine.connect() as busy:
        if engine.dialect.name == "sqlite":
            busy.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            busy.execute(sa.select(turns)).all()
        with pytest.raises(BackupRefused, match="stop all servers"):
            place.restore(path, replace=True)
        busy.rollback()
    assert everything(engine) == before


@KINDS
def test_a_backup_of_an_older_revision_is_brought_to_today(
    place, engine, empty_place, kind, monkeypatch
):
    with engine.begin() as db:
        metadata.drop_all(db)
        db.execute(sa.text("DROP TABLE alembic_version"))
    with exclusively(engine) as db:
        create_as_of(db, "0009")
        row = {c.name: invented(c, 1) for c in turns.columns}
        db.execute(sa.insert(turns).values(row))
    shape = sa.MetaData()
    shape.reflect(engine)
    older = [shape.tables[t.name] for t in backed_up() if t.name in shape.tables]
    with monkeypatch.context() as then:
        then.setattr("switchboard.backup.making.REVISION", "0009")
        then.setattr("switchboard.backup.making.backed_up", lambda: older)
        path = place.backup()
    target = empty_place(kind)
    assert target.restore(path) == 1
    with target.engine.connect() as db:
        assert db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == REVISION
        assert dict(db.execute(sa.select(turns)).one()) == row


@pytest.mark.parametrize("found", ["0008", "9999"])
def test_a_database_of_another_revision_is_not_backed_up(place, engine, found):
    with engine.begin() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = :n"), {"n": found})
    with pytest.raises(BackupRefused, match=f"revision {found}"):
        place.backup()


def test_text_that_does_not_fit_postgresql_is_said_and_changes_nothing(engine, place, empty_place):
    if engine.dialect.name != "sqlite":
        pytest.skip("only SQLite takes texts of any length")
    with engine.begin() as db:
        row = {c.name: invented(c, 1) for c in turns.columns}
        db.execute(sa.insert(turns).values({**row, "id": 1, "reason": "with\0NUL"}))
        db.execute(sa.insert(turns).values({**row, "id": 2, "intent": "x" * 300}))
    target = empty_place("postgresql")
    with pytest.raises(BackupRefused, match="turns does not fit"):
        target.restore(place.backup())
    assert target.tables() == set()
    with engine.begin() as db:
        db.execute(sa.text("DELETE FROM turns WHERE id = 2"))
    target.restore(place.backup("again.tar.gz"))
    with target.engine.connect() as db:
        assert db.execute(sa.select(turns.c.reason)).scalar() == "withNUL"


def test_the_folder_stays_clean(place):
    place.backup()
    assert not [p for p in Path(place.folder).iterdir() if p.name.startswith("tmp")]
