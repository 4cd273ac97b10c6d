"""Deployments that are backed up, on either database, and empty ones to restore into."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from switchboard.backup.archive_reader import ArchiveReader
from switchboard.backup.kept import Kept
from switchboard.backup.making import make_backup
from switchboard.backup.restoring import restore_backup

_numbers = itertools.count(1)


class Place:
    """Where a deployment keeps things."""

    def __init__(self, kept: Kept, folder) -> None:
        self.kept, self.folder = kept, folder
        self.engine = sa.create_engine(kept.database_url, future=True)

    def backup(self, name="backup.tar.gz", model=None):
        path = self.folder / name
        with path.open("wb") as target:
            make_backup(self.kept, target, self.folder, model)
        return path

    def restore(self, path, replace=False):
        with path.open("rb") as source:
            return restore_backup(self.kept, ArchiveReader(source), replace)

    def count(self, table):
        with self.engine.connect() as db:
            return db.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()

    def tables(self):
        return set(sa.inspect(self.engine).get_table_names())


@pytest.fixture
def empty_place(tmp_path, request) -> Iterator[Callable[[str], Place]]:
    """Makes an empty place: a folder, and a database of the kind `sqlite` or `postgresql`."""
    made = []

    def make(kind: str) -> Place:
        folder = tmp_path / f"place-{next(_numbers)}"
        folder.mkdir()
        url = f"sqlite:///{folder / 'switchboard.db'}"
        if kind == "postgresql":
            server = request.getfixturevalue("postgres")
            if server is None:
                pytest.skip("PostgreSQL's server is not installed")
            name = f"restored_{next(_numbers)}"
            admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
            with admin.connect() as db:
                db.exec_driver_sql(f"CREATE DATABASE {name}")
            admin.dispose()
            url = f"{server}/{name}"
        place = Place(Kept(url, folder / "files", folder / "shop.db", folder / "models"), folder)
        made.append(place)
        return place

    yield make
    for place in made:
        place.engine.dispose()


@pytest.fixture
def place(engine, tmp_path) -> Place:
    """A deployment on `engine`'s database, without a row."""
    url = engine.url.render_as_string(hide_password=False)
    shop = tmp_path / "shop.db"
    return Place(Kept(url, tmp_path / "files", shop, tmp_path / "models"), tmp_path)
