"""The whole assistant for a benchmark: action server and Rasa server, on databases of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import httpx
import yaml

from switchboard.cli.processes import some_free_port, start_actions, start_rasa
from switchboard.cli.train import newest_model
from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT

REST_TOKEN = "benchmark"
REST_SETTING = {"SWITCHBOARD_REST_TOKEN": REST_TOKEN}
REST_HEADERS = {"Authorization": f"Bearer {REST_TOKEN}"}
"""What opens the channel `rest` of the servers that a benchmark starts."""


class Servers:
    """Both servers with the newest model; `environment` adds to their settings."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.database = folder / "switchboard.db"
        database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{self.database}"}
        settings = {**database, **REST_SETTING, **environment}
        model = newest_model()
        if model is None:
            raise ConfigurationError("no trained model: run make train")
        self._actions = start_actions(some_free_port(), folder / "actions.log", settings)
        endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text())
        endpoints["action_endpoint"] = {"url": f"{self._actions.url}/webhook"}
        target = folder / "endpoints.yml"
        target.write_text(yaml.safe_dump(endpoints))
        self._rasa = start_rasa(model, some_free_port(), folder / "rasa.log", target, settings)
        self._actions.wait()
        self._rasa.wait(300)
        self._client = httpx.Client(base_url=self._rasa.url, timeout=60, headers=REST_HEADERS)

    def stop(self) -> None:
        """Both servers."""
        self._rasa.stop()
        self._actions.stop()

    def say(self, sender: str, text: str) -> list[str]:
        """Write as a customer; the texts of the answer."""
        said = {"sender": sender, "message": text}
        answer = self._client.post("/webhooks/rest/webhook", json=said)
        answer.raise_for_status()
        return [str(message.get("text") or "") for message in answer.json()]

    def forget_wrong_tries(self) -> None:
        """So that one conversation's do not slow the next."""
        with sqlite3.connect(self.database, timeout=10) as db:
            db.execute("DELETE FROM identity_attempts")
