"""What many tests need: a seeded shop, services on temporary files, a conversation's tracker."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

# No test may reach a real model, or a developer's own databases.
_OURS = ("OPENAI_", "SWITCHBOARD_", "FACEBOOK_", "TELEGRAM_")
for _name in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[_name]

from switchboard.clock import utc_now
from switchboard.database.connection import open_database
from switchboard.knowledge.articles import Passage, read_articles
from switchboard.orders.demo_seed import seed
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.project import PROJECT as ROOT
from switchboard.shop.catalogue import Catalogue, load_catalogue
from switchboard.shop.policy import Policy, load_policy
from switchboard.shop.speech import Phrasebook, load_words
from tests.fakes.llm_server import FakeLLM
from tests.fakes.postgres import Postgres

DATA = ROOT / "data"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(DATA / "policy.yml")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(DATA / "catalogue.yml")


@pytest.fixture(scope="session")
def phrasebook(policy: Policy, catalogue: Catalogue) -> Phrasebook:
    return Phrasebook(policy, catalogue, load_words(DATA / "words.yml"))


@pytest.fixture(scope="session")
def passages(policy: Policy) -> list[Passage]:
    return read_articles(DATA / "articles" / "en", policy)


@pytest.fixture(scope="session")
def seeded_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    book = SqliteOrderSystem(f"sqlite:///{path}")
    seed(book.engine, DATA, utc_now())
    with book.engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    book.engine.dispose()
    return path


@pytest.fixture
def shop(seeded_shop: Path, tmp_path: Path) -> Iterator[SqliteOrderSystem]:
    path = tmp_path / "shop.db"
    shutil.copy(seeded_shop, path)
    book = SqliteOrderSystem(f"sqlite:///{path}")
    yield book
    book.engine.dispose()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    """The address of a PostgreSQL server of our own; None where none is installed."""
    server = Postgres.start()
    yield server.url if server else None
    if server:
        server.stop()


_databases = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, postgres: str | None) -> Iterator[Any]:
    """Switchboard's database, on each of the two kinds that it runs on."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'switchboard.db'}"
    elif postgres is None:
        pytest.skip("PostgreSQL's server is not installed")
    else:
        name = f"test_{next(_databases)}"
        admin = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as db:
            db.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        url = f"{postgres}/{name}"
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def noon() -> Callable[[], datetime]:
    """A Wednesday noon, when the desk is open."""
    return lambda: datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    """A model's server that speaks the protocol."""
    server = FakeLLM()
    yield server
    server.close()
