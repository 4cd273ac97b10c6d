"""`switchboard serve` as an operator has it: watched, traced, killed in part, stopped in a turn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import psutil
import pytest

from switchboard.cli.processes import port_free, some_free_port
from switchboard.project import PROJECT as ROOT
from tests.fakes.llm_server import FakeLLM
from tests.fakes.trace_collector import FakeCollector

OF_THE_PROJECT = "actions config.yml credentials.yml data domain.yml endpoints.yml models".split()
QUESTION = "can I put the mugs in the dishwasher"


def ask(url, body=None, **headers):
    """(status, text) of a call."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Served:
    """A project folder of its own, so that its logs are, and `switchboard serve` in it."""

    def __init__(self, folder):
        self.folder = folder
        for name in OF_THE_PROJECT:
            (folder / name).symlink_to(ROOT / name)
        (folder / "var").mkdir()
        (folder / "var" / "embedding").symlink_to((ROOT / "var" / "embedding").resolve())
        self.llm, self.collector = FakeLLM(), FakeCollector()
        self.ports = {name: some_free_port() for name in ("rasa", "actions", "desk")}
        ports = {f"SWITCHBOARD_{name.upper()}_PORT": str(n) for name, n in self.ports.items()}
        self.output = folder / "output"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "switchboard.cli.app", "serve"],
            cwd=folder,
            env={
                **os.environ,
                **ports,
                "PYTHONPATH": str(ROOT),
                "SWITCHBOARD_LOG_FORMAT": "json",
                "OPENAI_BASE_URL": f"{self.llm.url}/v1",
                "SWITCHBOARD_LLM_TIMEOUT": "3",
                "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url,
            },
            stdout=self.output.open("wb"),
            stderr=subprocess.STDOUT,
        )
        self.wait_for(lambda: "Ready." in self.said, 240)

    @property
    def said(self):
        return self.output.read_text()

    def wait_for(self, condition, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def url(self, process, path):
        return f"http://127.0.0.1:{self.ports[process]}{path}"

    def ready(self, process):
        status, text = ask(self.url(process, "/ready"))
        return status, json.loads(text)

    def write(self, sender, text):
        token = (self.folder / "var" / "rest.token").read_text()
        return ask(
            self.url("rasa", "/webhooks/rest/webhook"),
            {"sender": sender, "message": text},
            Content_Type="application/json",
            Authorization=f"Bearer {token}",
        )

    def log(self, process):
        lines = (self.folder / "var" / f"{process}.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def child(self, process):
        """The process that listens on a port."""
        for child in psutil.Process(self.process.pid).children():
            for connection in child.net_connections(kind="inet"):
                if connection.laddr.port == self.ports[process] and connection.status == "LISTEN":
                    return child
        return None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.llm.close()
        self.collector.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.close()


def test_all_processes_are_ready_and_say_nothing_secret(served):
    assert served.ready("rasa") == (200, {"database": "ok", "model": "ok", "actions": "ok"})
    assert served.ready("actions")[0] == served.ready("desk")[0] == 200
    for process in served.ports:
        assert ask(served.url(process, "/health"))[0] == 200


def test_the_door_to_any_conversation_opens_to_the_token_alone(served):
    url, said = served.url("rasa", "/webhooks/rest/webhook"), {"sender": "web:x", "message": "hi"}
    assert ask(url, said, Content_Type="text/plain")[0] in (401, 415)
    assert ask(url, said, Content_Type="application/json")[0] == 401
    assert ask(url, said, Content_Type="application/json", Authorization="Bearer x")[0] == 401
    token = served.folder / "var" / "rest.token"
    assert token.stat().st_mode & 0o777 == 0o600
    right = {"Authorization": f"Bearer {token.read_text()}", "Content_Type": "application/json"}
    assert ask(url, said, **right, Origin="https://evil.example")[0] == 403
    assert ask(served.url("actions", "/webhook"), {}, Content_Type="application/json")[0] == 401


def test_a_turn_can_be_followed_through_the_processes(served):
    status, answer = served.write("customer-1", QUESTION)
    assert status == 200
    assert "dishwasher" in answer
    (turn,) = [line for line in served.log("rasa") if "a turn on rest: open" in line["message"]]
    acted = [line for line in served.log("actions") if line.get("turn") == turn["turn"]]
    assert any("action_answer_open_question: answered" in line["message"] for line in acted)
    assert any(f"trace {turn['turn']}" in line["message"] for line in acted)
    assert {line["conversation"] for line in acted} == {turn["conversation"]}
    logs = "".join(p.read_text() for p in (served.folder / "var").glob("*.log"))
    assert "customer-1" not in logs
    assert "dishwasher" not in logs

    spans = served.collector.wait_for("turn", "action", "action server", "model")
    of_turn = [(service, span) for service, span in spans if served_turn(span) == turn["turn"]]
    names = {span.name: span for _, span in of_turn}
    assert len({span.trace_id for _, span in of_turn}) == 1
    parents = {span.span_id: span for _, span in of_turn}
    model = names["model"]
    above = []
    while model.parent_span_id:
        model = parents[model.parent_span_id]
        above.append(model.name)
    assert above == ["action server", "action", "turn"]
    assert {service for service, _ in of_turn} == {"switchboard-rasa", "switchboard-actions"}

    figures = ask(served.url("rasa", "/metrics"))[1]
    assert 'switchboard_turns_total{channel="rest",route="open"} 1.0' in figures
    assert 'switchboard_turn_seconds_count{channel="rest"} 1.0' in figures
    assert "switchboard_database_up 1.0" in figures
    called = ask(served.url("actions", "/metrics"))[1]
    assert 'switchboard_model_calls_total{outcome="answered"}' in called
    assert "switchboard_tickets_waiting 0.0" in ask(served.url("desk", "/metrics"))[1]


def served_turn(span):
    return {a.key: a.value.string_value for a in span.attributes}.get("switchboard.turn")


def test_a_killed_action_server_is_told_and_comes_back(served):
    killed = served.child("actions")
    killed.kill()
    served.wait_for(lambda: served.ready("rasa")[1]["actions"] == "unreachable", 20)
    assert served.ready("rasa")[0] == 503
    assert ask(served.url("rasa", "/health"))[0] == 200
    served.wait_for(lambda: served.ready("rasa")[0] == 200, 90)
    assert "The action server was ended by SIGKILL; it is started again" in served.said
    assert "Apple Pay" in served.write("customer-2", "which payment methods do you accept")[1]
    assert served.child("actions").pid != killed.pid


def test_told_to_end_it_ends_the_turn_in_work_first(served):
    served.llm.mode = "slow"
    answers = []
    asking = threading.Thread(target=lambda: answers.append(served.write("customer-3", QUESTION)))
    asking.start()
    before = len(served.llm.requests)
    served.wait_for(lambda: len(served.llm.requests) > before, 20)
    served.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    asking.join(30)
    assert answers
    assert answers[0][0] == 200
    assert "dishwasher" in answers[0][1]
    assert served.process.wait(60) == 0
    assert time.monotonic() - began < 40
    assert all(map(port_free, served.ports.values()))
    assert not (served.folder / "var" / "rest.token").exists()
