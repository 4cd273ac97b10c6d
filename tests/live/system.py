"""The whole assistant on loopback: a Rasa server with the trained model, and an action server."""

from __future__ import annotations

import json
import sqlite3
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from switchboard.cli.processes import Server, some_free_port, start_rasa
from switchboard.cli.train import newest_model
from switchboard.project import PROJECT as ROOT

REST_TOKEN = "for the tests"


class System:
    """Both servers with databases of their own."""

    def __init__(self, folder: Path, seeded_shop: Path, **more: str) -> None:
        self.folder, self._seeded, self.more = folder, seeded_shop, more
        self.shop_path = folder / "shop.db"
        self.database_path = folder / "switchboard.db"
        self.actions_port = some_free_port()
        self.rasa_port = some_free_port()
        self.actions: Server | None = None
        self.rasa: Server | None = None
        self.model: Path | None = None
        self.restore_shop()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{self.database_path}",
            "SWITCHBOARD_ORDERS_URL": f"sqlite:///{self.shop_path}",
            "SWITCHBOARD_FILES_DIR": str(self.folder / "files"),
            "SWITCHBOARD_REST_TOKEN": REST_TOKEN,
            **self.more,
        }

    def start_actions(self) -> None:
        command = [sys.executable, "-m", "tests.live.action_server", "--actions", "actions"]
        command += ["--port", str(self.actions_port)]
        log = self.folder / "actions.log"
        self.actions = Server(
            "action server", command, self.actions_port, "/health", log, self.environment
        )

    def start_rasa(self) -> None:
        endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text())
        endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{self.actions_port}/webhook"
        path = self.folder / "endpoints.yml"
        path.write_text(yaml.safe_dump(endpoints))
        model = self.model or newest_model()
        assert model is not None, "no trained model: run make train"
        log = self.folder / "rasa.log"
        self.rasa = start_rasa(model, self.rasa_port, log, path, self.environment)

    def start(self) -> None:
        self.start_actions()
        self.start_rasa()
        self.actions.wait()
        self.rasa.wait()

    def restart_actions(self) -> None:
        self.actions.stop()
        self.start_actions()
        self.actions.wait()

    @contextmanager
    def actions_with(self, **settings: str) -> Iterator[None]:
        """The action server with other settings, as if started anew; afterwards as it was."""
        self._set(settings)
        try:
            yield
        finally:
            self._set({})

    def _set(self, settings: dict[str, str]) -> None:
        request = urllib.request.Request(
            f"{self.actions.url}/settings",
            data=json.dumps(settings).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60):
            pass

    def restart_rasa(self, force: bool = False) -> None:
        self.rasa.stop(force=force)
        self.start_rasa()
        self.rasa.wait()

    def stop(self) -> None:
        for server in (self.rasa, self.actions):
            if server is not None:
                server.stop()

    def restore_shop(self) -> None:
        """The demo shop as it was seeded, under the feet of running servers."""
        with sqlite3.connect(self._seeded) as source, sqlite3.connect(self.shop_path) as target:
            source.backup(target)

    def forget_wrong_tries(self) -> None:
        self.run("DELETE FROM identity_attempts")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    def say(
        self, sender: str, text: str, timeout: float = 30.0, metadata: Any = None
    ) -> list[dict[str, Any]]:
        """Write as a customer; the bot's messages."""
        said = {"sender": sender, "message": text, "metadata": metadata}
        body = json.dumps(said).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rasa_port}/webhooks/rest/webhook",
            data=body,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {REST_TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

    def texts(self, sender: str, text: str) -> str:
        return "\n".join(str(message.get("text")) for message in self.say(sender, text))

    def converse(self, sender: str, turns: list[tuple[str, str]]) -> None:
        """Write each text; its answer has to contain what is expected."""
        for text, expected in turns:
            answer = self.texts(sender, text)
            assert expected in answer, f"{text!r} was answered: {answer!r}"

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into Switchboard's database."""
        with sqlite3.connect(self.database_path, timeout=10) as db:
            return db.execute(sql, values).fetchall()

    def shop(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the shop's database."""
        with sqlite3.connect(self.shop_path, timeout=10) as db:
            return db.execute(sql, values).fetchall()
