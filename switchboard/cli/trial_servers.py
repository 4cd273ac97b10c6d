"""The whole assistant on trial: action server and Rasa server, on databases of their own."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from switchboard.cli.processes import some_free_port, start_actions, start_rasa
from switchboard.cli.train import newest_model
from switchboard.errors import ConfigurationError
from switchboard.goals.goal_run import GoalShop
from switchboard.project import PROJECT
from switchboard.settings import load_settings, setting_names

REST_TOKEN = "trial"  # noqa: S105  (of servers on loopback that end with the command)
REST_SETTING = {"SWITCHBOARD_REST_TOKEN": REST_TOKEN}
REST_HEADERS = {"Authorization": f"Bearer {REST_TOKEN}"}
"""What opens the channel `rest` of such servers."""


class TrialServers:
    """Both servers with a model, by default the newest; `environment` adds to their settings."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], model: Path | None = None
    ) -> None:
        self.database = folder / "switchboard.db"
        database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{self.database}"}
        # Whatever they are given, it is never the database of those that serve.
        settings = {**environment, **database, **REST_SETTING}
        model = model or newest_model()
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


class GoalServers(TrialServers):
    """The assistant of the demo shop, for simulated customers."""

    def __init__(self, folder: Path, model: Path | None = None) -> None:
        self.shop = GoalShop(folder)
        settings = {
            **bare_settings(),
            "SWITCHBOARD_ORDERS_URL": f"sqlite:///{self.shop.path}",
            "SWITCHBOARD_FILES_DIR": str(folder / "files"),
        }
        super().__init__(folder, settings, model)

    def tickets(self, sender: str) -> int:
        """How many tickets a conversation has."""
        query = "SELECT count(*) FROM tickets WHERE conversation_id = ?"
        with sqlite3.connect(self.database, timeout=10) as db:
            return int(db.execute(query, (sender,)).fetchone()[0])


def bare_settings() -> dict[str, str]:
    """Settings of a deployment that reaches nobody: no platform, mailbox, language model, no
    database of others, whatever is set for the one that serves."""
    kept = {"SWITCHBOARD_DATA_DIR": str(load_settings().data_dir.resolve())}
    kept["SWITCHBOARD_MODEL_WHEEL"] = load_settings().model_wheel
    return {**dict.fromkeys(setting_names(), ""), **kept}


@contextmanager
def running_assistant(model: Path | None = None) -> Iterator[GoalServers]:
    """The assistant on databases that are gone afterwards, with the newest model by default."""
    with tempfile.TemporaryDirectory(prefix="switchboard-goals-") as folder:
        assistant = GoalServers(Path(folder), model)
        try:
            yield assistant
        finally:
            assistant.stop()
