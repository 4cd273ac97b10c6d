from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.fakes.llm_server import FakeLLM
from tests.live.office import Office
from tests.live.platforms import Platforms
from tests.live.system import System
from tests.live.visitor import Visitor


@pytest.fixture(scope="session")
def platforms(tmp_path_factory: pytest.TempPathFactory, seeded_shop: Path) -> Iterator[Platforms]:
    """The one Rasa server and the one action server of all live tests, before fake platforms."""
    whole = Platforms(tmp_path_factory.mktemp("live"), seeded_shop)
    try:
        whole.system.start()
        yield whole
    finally:
        whole.stop()


@pytest.fixture(scope="session")
def whole(platforms: Platforms) -> System:
    return platforms.system


@pytest.fixture(scope="session")
def desk_server(platforms: Platforms) -> Iterator[Office]:
    """The desk beside them, with two agents."""
    office = Office(platforms)
    try:
        office.start()
        yield office
    finally:
        office.stop()


@pytest.fixture(scope="module")
def office(desk_server: Office) -> Office:
    """The desk with an empty queue."""
    desk_server.clear_queue()
    return desk_server


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
def web(system: System) -> System:
    """The system whose page is visited."""
    return system


@pytest.fixture
def visit(browser: Any, web: System) -> Iterator[Any]:
    """Opens the demo page for visitors; afterwards no script failed, and nothing came from elsewhere."""
    visitors = []

    def come(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, web, **options))
        return visitors[-1]

    yield come
    for visitor in visitors:
        assert visitor.errors == []
        assert [url for url in visitor.elsewhere if not url.startswith(("data:", "blob:"))] == []
        visitor.context.close()


@pytest.fixture
def llm(whole: System) -> Iterator[FakeLLM]:
    """The system with a language model; afterwards without one again."""
    server = FakeLLM()
    address = f"{server.url}/v1"
    with whole.actions_with(OPENAI_BASE_URL=address, SWITCHBOARD_LLM_TIMEOUT="1.5"):
        yield server
    server.close()


@pytest.fixture
def patient(whole: System) -> Iterator[FakeLLM]:
    """The system with a language model for which it waits as long as it ever does."""
    server = FakeLLM()
    address = f"{server.url}/v1"
    more = {"SWITCHBOARD_LLM_TIMEOUT": "8.5", "SWITCHBOARD_LLM_STALL": "8.5"}
    with whole.actions_with(OPENAI_BASE_URL=address, **more):
        yield server
    server.close()
