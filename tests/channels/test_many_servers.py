"""Several Rasa servers on one database: pages, limits and paces that they keep together."""

from __future__ import annotations

import asyncio
import shutil
import time

import pytest
import socketio

from switchboard.channels.pace import Pace
from switchboard.channels.shared_limits import SharedLimits
from switchboard.channels.web.web_input import SocketIOInput
from switchboard.channels.web.web_limits import CONVERSATIONS_OF_AN_ADDRESS, WebLimits
from switchboard.channels.web.web_sessions import conversation_of
from switchboard.database.connection import open_database
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import Outbox
from tests.channels.conftest import ScriptedAgent, Served
from tests.fakes.redis_server import RedisServer


@pytest.fixture
def redis():
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
async def limits(redis):
    limits = [SharedLimits(redis.url) for _ in range(2)]
    yield limits
    for each in limits:
        await each.close()


class Page:
    """A customer's page, by the protocol that the browser speaks."""

    def __init__(self):
        self.socket = socketio.AsyncClient()
        self.heard, self.token, self.history = [], "", None
        self.socket.on("bot_uttered", lambda message: self.heard.append(message))
        self.socket.on("session_confirm", self._confirm)
        self.socket.on("session_history", self._remember)

    def _confirm(self, token):
        self.token = token

    def _remember(self, history):
        self.history = history

    async def open(self, server, token=None):
        await self.socket.connect(server.url, transports=["polling"])
        await self.socket.emit("session_request", {"session_id": token})
        await until(lambda: self.history is not None)
        return self

    async def say(self, text, number="m-1"):
        """As the page does: what could not be kept in time is said again."""
        said = {"message": text, "message_id": number}
        for _ in range(5):
            told = await self.socket.call("user_uttered", said)
            if told != {"error": "not kept"}:
                break
            await asyncio.sleep(0.5)
        return told

    def texts(self):
        return [message.get("text") for message in self.heard]


async def until(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.02)


@pytest.fixture
def two(tmp_path, monkeypatch, empty_database):
    """Start two servers with settings; their agents."""
    shutil.copy(empty_database, tmp_path / "mail.db")
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'mail.db'}")
    monkeypatch.setenv("SWITCHBOARD_FILES_DIR", str(tmp_path / "files"))
    running = []

    def start(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            channel = SocketIOInput.from_credentials({"session_persistence": True})
            running.append(Served([channel], ScriptedAgent()))
        return running

    yield start
    for server in running:
        server.stop()


def answer_by_an_agent(tmp_path, conversation, text):
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:
        Outbox(engine, "socketio").add(db, conversation, [Outgoing(text, author=AGENT)])
    engine.dispose()


@pytest.mark.parametrize("with_redis", [True, False])
async def test_an_answer_reaches_the_page_wherever_it_is_connected(
    two, redis, with_redis, tmp_path
):
    servers = two(**({"SWITCHBOARD_REDIS_URL": redis.url} if with_redis else {}))
    pages = [await Page().open(servers[0]) for _ in range(5)]
    pages += [await Page().open(servers[1]) for _ in range(5)]
    for page in pages:
        assert await page.say("hello") == {}
    for page in pages:
        await until(lambda page=page: page.texts() == ["You said: hello"])
        answer_by_an_agent(tmp_path, conversation_of(page.token), "Ada here")
    for page in pages:
        await until(lambda page=page: "Ada here" in page.texts())
    await asyncio.sleep(2.5)  # nothing is shown twice but what the page knows by its id
    for page in pages:
        assert sorted(set(page.texts())) == ["Ada here", "You said: hello"]
        await page.socket.disconnect()


async def test_pages_hear_on_while_redis_is_away(two, redis):
    servers = two(SWITCHBOARD_REDIS_URL=redis.url)
    page = await Page().open(servers[0])
    other = await Page().open(servers[1], page.token)
    redis.stop()
    started = time.monotonic()
    assert await page.say("hello") == {}
    await until(lambda: "You said: hello" in page.texts())
    await until(lambda: "You said: hello" in other.texts())
    assert time.monotonic() - started < 10
    redis.start()
    await asyncio.sleep(3.5)
    assert await page.say("again", "m-2") == {}
    await until(lambda: "You said: again" in other.texts())
    await page.socket.disconnect()
    await other.socket.disconnect()


async def test_both_pages_of_a_customer_see_what_one_of_them_writes(two, redis):
    servers = two(SWITCHBOARD_REDIS_URL=redis.url)
    page = await Page().open(servers[0])
    other = Page()
    seen = []
    other.socket.on("customer_uttered", lambda message: seen.append(message["text"]))
    await other.open(servers[1], page.token)
    await asyncio.sleep(0.3)  # both servers hear each other by now
    await page.say("hello")
    await until(lambda: seen == ["hello"])
    await page.socket.disconnect()
    await other.socket.disconnect()


async def test_more_arguments_than_an_event_has_are_no_fault(two):
    servers = two()
    page = await Page().open(servers[0])
    for event in ("session_request", "user_uttered", "customer_typing", "session_rating"):
        await page.socket.emit(event, ({"message": "x"}, 1, None))
    await page.socket.emit("session_end", (1, 2))
    await page.socket.emit("session_request", {"session_id": page.token})
    assert await page.say("hello", "m-9") in ({}, {"error": "no session"})
    await page.socket.disconnect()


async def test_a_limit_is_kept_by_all_processes_together(limits):
    waits = [await limits[n % 2].admit("somebody", 10) for n in range(20)]
    assert waits[:10] == [0.0] * 10
    assert all(wait > 0 for wait in waits[11:])
    assert await limits[0].admit("another", 10) == 0.0


async def test_a_pace_is_kept_by_all_processes_together(limits):
    paces = [Pace("test", per_second=50, per_chat=1000, shared=each) for each in limits]
    started = time.monotonic()
    await asyncio.gather(*(paces[n % 2].turn(str(n)) for n in range(30)))
    assert time.monotonic() - started >= 29 / 50 - 0.05
    await paces[0].pause("a", 0.5)
    started = time.monotonic()
    await paces[1].turn("a")
    assert time.monotonic() - started >= 0.4


async def test_without_redis_each_process_keeps_its_own(redis):
    redis.stop()
    shared = SharedLimits(redis.url)
    limit = WebLimits(3, shared)
    waits = [await limit.message("somebody", "") for _ in range(5)]
    assert [wait > 0 for wait in waits] == [False] * 3 + [True] * 2
    pace = Pace("test", per_second=50, per_chat=1000, shared=shared)
    started = time.monotonic()
    for number in range(10):
        await pace.turn(str(number))
    assert 9 / 50 - 0.02 <= time.monotonic() - started < 3
    await shared.close()


async def test_many_conversations_of_one_address_share_its_bound():
    limit = WebLimits(4, None)
    most = 4 * CONVERSATIONS_OF_AN_ADDRESS
    waits = [await limit.message(f"conversation {n}", "address") for n in range(most + 5)]
    assert [wait > 0 for wait in waits] == [False] * most + [True] * 5
    assert await limit.message("conversation", "another address") == 0.0
    sessions = [await limit.session(f"page {n}", "address") for n in range(100)]
    assert sum(wait > 0 for wait in sessions) == 40
