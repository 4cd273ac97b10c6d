"""What many tests need: a seeded shop, services on temporary files, a conversation's tracker."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

# No test may reach a real model, or a developer's own databases.
_OURS = (
    "OPENAI_",
    "SWITCHBOARD_",
    "FACEBOOK_",
    "TELEGRAM_",
    "WECHAT_",
    "WECOM_",
    "OTEL_",
    "PROMETHEUS_",
)
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
TESTS = Path(__file__).parent

# A machine that does something else besides must not turn a test red.
hypothesis.settings.register_profile("switchboard", deadline=None)
hypothesis.settings.load_profile("switchboard")

_GROUPS = {"test_setup.py": "live", "nlu": "rasa", "dialogue": "rasa", "channels": "rasa"}
"""What shares a system, fixed ports or an expensive import; any other folder is its own group."""
_FIRST = ("live", "rasa")
"""The longest groups begin, so that the other worker has the rest meanwhile."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each group runs on one worker of pytest-xdist (`--dist loadgroup`), in its own order."""
    order = {}
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        own = item.get_closest_marker("xdist_group")
        group = own.args[0] if own else _GROUPS.get(folder, folder)
        if own is None:
            item.add_marker(pytest.mark.xdist_group(group))
        order[item] = _FIRST.index(group) if group in _FIRST else len(_FIRST)
    items.sort(key=order.__getitem__)


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


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file in the shape of today: to be copied, since making it takes Alembic a while."""
    path = tmp_path_factory.mktemp("empty") / "switchboard.db"
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@contextmanager
def _administrator(server: str) -> Iterator[Callable[[str], Any]]:
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        yield db.exec_driver_sql
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres: str | None) -> str | None:
    """The name of a PostgreSQL database in the shape of today, for the same reason."""
    if postgres is None:
        return None
    with _administrator(postgres) as run:
        run("CREATE DATABASE shape_of_today")
    open_database(f"{postgres}/shape_of_today").dispose()
    return "shape_of_today"


_databases = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Switchboard's database, on each of the two kinds that it runs on."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "switchboard.db")
        engine = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
        yield engine
        engine.dispose()
        return
    server, template = map(request.getfixturevalue, ("postgres", "postgres_template"))
    if server is None:
        pytest.skip("PostgreSQL's server is not installed")
    name = f"test_{next(_databases)}"
    with _administrator(server) as run:
        run(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine = open_database(f"{server}/{name}")
        yield engine
        engine.dispose()
        run(f"DROP DATABASE {name} WITH (FORCE)")


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
