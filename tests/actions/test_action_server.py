"""The real action server: what it declares, how it fails, where it listens, what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
import yaml

from scripts import setup
from switchboard.cli.processes import some_free_port, start_actions
from switchboard.project import PROJECT as ROOT

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
SECRET = "my card is 4111 1111 1111 1111"


@pytest.fixture(scope="module")
def server(tmp_path_factory, seeded_shop):
    folder = tmp_path_factory.mktemp("actions")
    environment = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{folder}/switchboard.db",
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{seeded_shop}",
    }
    server = start_actions(some_free_port(), folder / "actions.log", environment)
    server.wait()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A server whose database cannot be opened."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "switchboard.db").mkdir()
    environment = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{folder}/switchboard.db"}
    server = start_actions(some_free_port(), folder / "actions.log", environment)
    server.wait()
    yield server
    server.stop()


def call(server, action, text=SECRET):
    message = {"text": text, "intent": {"name": "inform"}, "entities": []}
    tracker = {
        "sender_id": "maya",
        "slots": {"order_number": "4711"},
        "latest_message": message,
        "events": [{"event": "user", "text": text, "parse_data": message, "timestamp": 1.0}],
        "paused": False,
        "active_loop": {},
        "latest_action_name": "action_listen",
        "followup_action": None,
    }
    body = {"next_action": action, "sender_id": "maya", "tracker": tracker, "version": "3.6.21"}
    request = urllib.request.Request(
        f"{server.url}/webhook",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_has_just_the_declared_actions(server):
    with urllib.request.urlopen(f"{server.url}/actions") as answer:
        served = {action["name"] for action in json.load(answer)}
    assert served == set(DOMAIN["actions"])


@pytest.mark.parametrize("action", DOMAIN["actions"])
def test_every_action_answers(server, action):
    status, body = call(server, action)
    assert status == 200
    assert set(json.loads(body)) == {"events", "responses"}


WITHOUT_BACKEND = {
    "action_receive_attachment": "say_attachment_missing",
    "action_repeat": "say_nothing_to_repeat",
    "action_explain_question": "say_why_nothing",
    "action_start_over": "say_start_over",
    "action_go_back": "say_nothing_before",
    "action_skip": "say_nothing_to_skip",
}
"""What is answered without asking any backend."""


@pytest.mark.parametrize("action", DOMAIN["actions"])
def test_without_the_database_a_turn_waits_and_nobodys_words_are_told(broken, action):
    """503: Rasa's process puts the turn off until the database is back."""
    status, body = call(broken, action)
    assert "4111" not in body
    silent = action.startswith(("validate_", "action_offer", "action_ask", "action_next"))
    if status == 200:
        names = [response["response"] for response in json.loads(body)["responses"]]
        assert names == [WITHOUT_BACKEND.get(action)] or silent
    else:
        assert status == 503
        assert action not in WITHOUT_BACKEND
    assert "4111" not in broken.log.read_text()


def test_it_listens_on_loopback_alone(server):
    children = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    addresses = {
        connection.laddr.ip
        for process in children
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def status(server, path="/webhook", body=b'{"next_action": "action_repeat"}', **headers):
    """HTTP's status of a call with just these headers; without a body it is a GET."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.url + path, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


JSON = {"Content_Type": "application/json"}


def test_no_page_in_a_browser_can_call_it(server):
    assert status(server, **JSON) in (200, 500)  # half a call, but it came through
    assert status(server, Content_Type="text/plain") == 415
    assert status(server, Content_Type="application/x-www-form-urlencoded") == 415
    assert status(server, **JSON, Origin="https://evil.example") == 403
    assert status(server, **JSON, Host="evil.example:5055") == 403
    assert status(server, "/actions", None, Host="evil.example") == 403
    for path in ("/health", "/ready", "/metrics"):
        assert status(server, path, None, Origin="https://evil.example") == 403


def test_it_tells_how_it_is(server, broken):
    def ready(of):
        with urllib.request.urlopen(f"{of.url}/ready") as answer:
            return json.load(answer)

    assert ready(server) == {"database": "ok", "orders": "ok", "services": "ok"}
    assert status(broken, "/ready", None) == 503
    assert status(broken, "/health", None) == 200
    call(server, "action_repeat")
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        figures = answer.read().decode()
    counted = 'switchboard_action_seconds_count{action="action_repeat",outcome="answered"}'
    assert counted in figures
    assert "maya" not in figures
    assert status(server, "/metrics", None, X_Forwarded_For="9.9.9.9") == 403


def test_its_log_has_one_format_and_the_turn(server):
    call(server, "action_repeat")
    lines = server.log.read_text().splitlines()
    said = [line for line in lines if "action_repeat: answered" in line]
    assert "turn=" in said[-1]
    assert "maya" not in said[-1]
    assert all(line[:2] == "20" for line in lines if "INFO" in line)


@pytest.fixture(scope="module")
def secretive(tmp_path_factory, seeded_shop):
    """A server that asks for a secret, and counts for those with a token."""
    folder = tmp_path_factory.mktemp("secretive")
    environment = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{folder}/switchboard.db",
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{seeded_shop}",
        "SWITCHBOARD_ACTIONS_SECRET": "s3cret",
        "SWITCHBOARD_METRICS_TOKEN": "t0ken",
        "SWITCHBOARD_LOG_FORMAT": "json",
    }
    server = start_actions(some_free_port(), folder / "actions.log", environment)
    server.wait()
    yield server
    server.stop()


def test_with_a_secret_it_answers_those_who_show_it(secretive):
    right = {"X_Switchboard_Secret": "s3cret"}
    assert status(secretive, **JSON) == 401
    assert status(secretive, **JSON, X_Switchboard_Secret="s3cre") == 401
    assert status(secretive, "/actions", None) == 401
    assert status(secretive, "/actions", None, **right) == 200
    assert status(secretive, **JSON, **right) in (200, 500)
    assert status(secretive, **JSON, **right, Origin="https://evil.example") == 403
    assert status(secretive, "/health", None) == status(secretive, "/ready", None) == 200
    assert status(secretive, "/ready", None, X_Switchboard_Secret="other") == 401


def test_with_a_token_its_figures_are_for_those_who_show_it(secretive):
    assert status(secretive, "/metrics", None) == 403
    assert status(secretive, "/metrics", None, Authorization="Bearer t0ken") == 200


def test_every_line_of_its_log_is_an_object(secretive):
    lines = [json.loads(line) for line in secretive.log.read_text().splitlines()]
    assert {line["process"] for line in lines} == {"actions"}
    assert "s3cret" not in secretive.log.read_text()


def test_several_workers_count_together_and_none_is_left_behind(tmp_path, seeded_shop):
    environment = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path}/switchboard.db",
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{seeded_shop}",
        "ACTION_SERVER_SANIC_WORKERS": "2",
    }
    server = start_actions(some_free_port(), tmp_path / "actions.log", environment)
    server.wait()
    workers = psutil.Process(server.pid).children(recursive=True)
    assert len(workers) >= 2
    for _ in range(12):
        call(server, "action_repeat")
    counted = 'switchboard_action_seconds_count{action="action_repeat",outcome="answered"} 12.0'
    for _ in range(4):  # whichever of them answers
        with urllib.request.urlopen(f"{server.url}/metrics") as answer:
            assert counted in answer.read().decode()
    psutil.Process(server.pid).kill()  # that one process, not its group
    _, left = psutil.wait_procs(workers, timeout=5)
    server.stop()
    assert left == []


@pytest.mark.parametrize("command", [["-m", "rasa_sdk"], ["-m", "rasa", "run"]])
def test_beyond_this_machine_it_does_not_start_without_a_secret(command, tmp_path, seeded_shop):
    port = str(some_free_port())
    more = ["--actions", "actions", "--port", port]
    arguments = [*command, "actions", *more] if "rasa" in command else [*command, *more]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "SWITCHBOARD_HOST": "0.0.0.0",
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path}/switchboard.db",
            "SWITCHBOARD_ORDERS_URL": f"sqlite:///{seeded_shop}",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "SWITCHBOARD_ACTIONS_SECRET has to be set" in done.stderr


@pytest.mark.long
def test_it_runs_from_its_own_pinned_set(tmp_path, seeded_shop):
    """No Rasa server, no TensorFlow: what a small container would hold."""
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    uv = setup.find_uv(str(tmp_path / "uv"))
    install = [uv, "pip", "sync", "-q", "--python", python] if uv else [
        python, "-m", "pip", "install", "-q", "--no-deps", "-r"]  # fmt: skip
    subprocess.run([*install, "--require-hashes", ROOT / "requirements-actions.txt"]
                   if uv else [*install, ROOT / "requirements-actions.txt", "--require-hashes"],
                   check=True)  # fmt: skip
    for absent in ("rasa", "tensorflow", "torch", "sklearn", "jax"):
        done = subprocess.run([python, "-c", f"import {absent}"], capture_output=True)
        assert done.returncode != 0, f"{absent} is installed"
    settings = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path}/switchboard.db",
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{seeded_shop}",
    }
    server = start_actions(some_free_port(), tmp_path / "a.log", settings, python=python)
    try:
        server.wait(400)  # it has no vectors yet
        _, body = call(server, "action_answer_open_question", "are the mugs dishwasher safe?")
        assert "dishwasher" in body
    finally:
        server.stop()


def test_its_set_is_part_of_the_whole():
    def pins(name: str) -> set[str]:
        lines = Path(ROOT / name).read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line}

    assert pins("requirements-actions.txt") <= pins("requirements.txt")
