"""What many tests need: a seeded shop, services on temporary files, a conversation's tracker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

# No test may reach a real model, or a developer's own databases.
for _name in [n for n in os.environ if n.startswith(("OPENAI_", "SWITCHBOARD_"))]:
    del os.environ[_name]

from switchboard.answering.articles import Passage, read_articles
from switchboard.orders.seed import seed
from switchboard.orders.sqlite import SqliteOrderBook, utc_now
from switchboard.policy import Policy, load_policy
from switchboard.settings import ROOT
from switchboard.store import open_database

DATA = ROOT / "data"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(DATA / "policy.yml")


@pytest.fixture(scope="session")
def passages(policy: Policy) -> list[Passage]:
    return read_articles(DATA / "articles" / "en", policy)


@pytest.fixture(scope="session")
def seeded_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    book = SqliteOrderBook(f"sqlite:///{path}")
    seed(book.engine, DATA, utc_now())
    with book.engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    book.engine.dispose()
    return path


@pytest.fixture
def shop(seeded_shop: Path, tmp_path: Path) -> Iterator[SqliteOrderBook]:
    path = tmp_path / "shop.db"
    shutil.copy(seeded_shop, path)
    book = SqliteOrderBook(f"sqlite:///{path}")
    yield book
    book.engine.dispose()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Any]:
    engine = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def noon() -> Callable[[], datetime]:
    """A Wednesday noon, when the desk is open."""
    return lambda: datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc)
