"""A small server with the real connectors, and in place of Rasa's model a scripted assistant."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Sanic

from switchboard.channels import retries
from switchboard.channels.facebook.facebook_input import FacebookInput
from switchboard.channels.telegram.telegram_input import TelegramInput
from switchboard.channels.wechat.wechat_input import WechatInput
from switchboard.channels.wecom.wecom_input import WecomInput
from switchboard.channels.whatsapp.whatsapp_input import WhatsAppInput
from switchboard.channels.x.x_input import XInput
from switchboard.cli.processes import some_free_port
from switchboard.database.connection import open_database
from switchboard.files.file_store import FileStore
from switchboard.rasa_services import rasa_services
from tests.fakes.bot_api_server import FakeBotApi
from tests.fakes.cloud_api_server import FakeCloudApi
from tests.fakes.graph_server import FakeGraph
from tests.fakes.wechat_server import FakeWechat
from tests.fakes.wecom_server import FakeWecom
from tests.fakes.x_server import FakeX

Sanic.test_mode = True


@pytest.fixture(autouse=True)
def quick_word(monkeypatch):
    """A platform that confirms has 5 seconds to do so, in this process, where it has 20."""
    monkeypatch.setattr(retries, "WORD_SECONDS", 5.0)


class ScriptedAgent:
    """Answers as `script(message) -> list of responses` says, and remembers as Rasa's agent does."""

    def __init__(self) -> None:
        self.domain = Domain.empty()
        self.tracker_store = InMemoryTrackerStore(self.domain)
        self.lock_store = InMemoryLockStore()
        self.heard: list[tuple[str, str, dict]] = []
        self.ready = True
        self.script = lambda message: [{"text": f"You said: {message.text}"}]
        self.pause = 0.0
        self.go_on: threading.Event | None = None  # answers nothing before it is set

    def is_ready(self) -> bool:
        return self.ready

    async def handle_message(self, message) -> None:
        self.heard.append((message.sender_id, message.text, message.metadata))
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.go_on is not None:
            await asyncio.to_thread(self.go_on.wait, 60)
        responses = self.script(message)
        tracker = await self.tracker_store.get_or_create_tracker(message.sender_id)
        said = UserUttered(
            message.text, input_channel=message.input_channel, message_id=message.message_id
        )
        tracker.update(said, self.domain)
        for response in responses:
            await message.output_channel.send_response(message.sender_id, response)
            data = {k: v for k, v in response.items() if k != "text"}
            tracker.update(BotUttered(response.get("text"), data), self.domain)
        await self.tracker_store.save(tracker)

    def texts(self) -> list[str]:
        return [text for _, text, _ in self.heard]


class Served:
    """Connectors on a port of their own, in a thread with an event loop of its own."""

    def __init__(self, channels, agent) -> None:
        self.port, self.channels, self.agent = some_free_port(), channels, agent
        self.url = f"http://127.0.0.1:{self.port}"
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = Sanic(f"served_{self.port}")
        app.ctx.agent = self.agent

        async def on_new_message(message) -> None:
            await app.ctx.agent.handle_message(message)

        for channel in self.channels:
            app.blueprint(
                channel.blueprint(on_new_message), url_prefix=f"/webhooks/{channel.name()}"
            )
        self._server = self._loop.run_until_complete(
            app.create_server("127.0.0.1", self.port, return_asyncio_server=True, access_log=False)
        )
        self._loop.run_until_complete(self._server.startup())
        self._loop.run_until_complete(self._server.before_start())
        self._loop.run_until_complete(self._server.after_start())
        self._loop.call_soon(self._started.set)
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def call(self, coroutine):
        """Run something in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def stop(self) -> None:
        """End as a server does when it is told to."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _end(self) -> None:
        await self._server.before_stop()
        await self._server.close()


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    server = FakeGraph()
    yield server
    server.close()


@pytest.fixture
def bot_api() -> Iterator[FakeBotApi]:
    server = FakeBotApi()
    yield server
    server.close()


@pytest.fixture
def cloud_api() -> Iterator[FakeCloudApi]:
    server = FakeCloudApi()
    yield server
    server.close()


@pytest.fixture
def wechat() -> Iterator[FakeWechat]:
    server = FakeWechat()
    yield server
    server.close()


@pytest.fixture
def wecom() -> Iterator[FakeWecom]:
    server = FakeWecom()
    yield server
    server.close()


@pytest.fixture
def fake_x() -> Iterator[FakeX]:
    server = FakeX()
    yield server
    server.close()


@pytest.fixture
def agent() -> ScriptedAgent:
    return ScriptedAgent()


@pytest.fixture
def serve(
    graph, bot_api, cloud_api, wechat, wecom, fake_x, agent, tmp_path, monkeypatch, empty_database
) -> Iterator[Callable[..., Served]]:
    """Start a server; `serve(NAME="value")` with other settings, `agent=` with another agent."""
    platforms = (graph, bot_api, cloud_api, wechat, wecom, fake_x)
    for name, value in {k: v for each in platforms for k, v in each.environment.items()}.items():
        monkeypatch.setenv(name, value)
    shutil.copy(empty_database, tmp_path / "mail.db")
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'mail.db'}")
    monkeypatch.setenv("SWITCHBOARD_FILES_DIR", str(tmp_path / "files"))
    running: list[Served] = []

    def start(agent=agent, **settings: str) -> Served:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        channels = [
            FacebookInput.from_credentials(None),
            TelegramInput.from_credentials({}),
            WhatsAppInput.from_credentials(None),
            WechatInput.from_credentials(None),
            WecomInput.from_credentials(None),
            XInput.from_credentials(None),
        ]
        running.append(Served(channels, agent))
        return running[-1]

    yield start
    for server in running:
        if server._thread.is_alive():
            server.stop()
    rasa_services().engine.dispose()


@pytest.fixture
def served(serve) -> Served:
    return serve()


@pytest.fixture
def store(served, tmp_path) -> FileStore:
    """The files of the conversations of the server."""
    return FileStore(open_database(f"sqlite:///{tmp_path / 'mail.db'}"), tmp_path / "files")
