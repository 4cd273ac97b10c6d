from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.fakes.llm_server import FakeLLM
from tests.live.system import System


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, seeded_shop: Path) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("live"), seeded_shop)
    try:
        system.start()
        yield system
    finally:
        system.stop()


_numbers = itertools.count(1)


@pytest.fixture
def system(whole: System) -> System:
    """The running system with the shop as seeded and no wrong tries counted."""
    whole.restore_shop()
    whole.forget_wrong_tries()
    return whole


@pytest.fixture
def sender() -> str:
    """A conversation of its own."""
    return f"customer-{next(_numbers)}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium without a window; for one module, since it keeps an event loop running."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.skip("Chromium is not installed: nothing was tried in a browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def llm(whole: System) -> Iterator[FakeLLM]:
    """The system with a language model; afterwards without one again."""
    server = FakeLLM()
    whole.restart_actions(OPENAI_BASE_URL=f"{server.url}/v1", SWITCHBOARD_LLM_TIMEOUT="1.5")
    yield server
    server.close()
    whole.restart_actions()
