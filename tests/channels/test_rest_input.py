"""The terminal's channel: commands from this machine, nobody's from elsewhere."""

from __future__ import annotations

import json
import urllib.request
from types import SimpleNamespace

import pytest
import yaml

from switchboard.channels.guarded_rest import GuardedRestInput
from switchboard.channels.rest_input import TerminalInput, is_local
from switchboard.project import PROJECT
from tests.channels.conftest import ScriptedAgent, Served


@pytest.fixture
def rest():
    served = Served([TerminalInput()], ScriptedAgent())
    yield served
    served.stop()


def post(rest, body, **headers):
    request = urllib.request.Request(
        f"{rest.url}/webhooks/rest/webhook",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_a_developer_restarts_in_the_terminal(rest):
    assert post(rest, {"sender": "terminal-kim", "message": "/restart"})
    assert rest.agent.heard == [("terminal-kim", "/restart", None)]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_passes_on_is_no_command(rest, header):
    post(rest, {"sender": "any", "message": "/ /restart"}, **{header: "203.0.113.9"})
    post(rest, {"sender": "any", "message": "where is 4711?"}, **{header: "203.0.113.9"})
    assert rest.agent.texts() == ["restart", "where is 4711?"]


@pytest.mark.parametrize(
    ("address", "near"), [("127.0.0.1", True), ("::1", True), ("10.0.0.7", False), ("", False)]
)
def test_another_machine_is_not_local(address, near):
    assert is_local(SimpleNamespace(ip=address, headers={})) is near


def test_text_and_sender_are_fit_to_be_kept(rest):
    post(rest, {"sender": "kim\x00", "message": "where\ud83d is\x00 it?"})
    post(rest, {"sender": 5, "message": "hi"})
    (sender, text, _), (number, *_rest) = rest.agent.heard
    assert text == "where is it?"
    assert sender.startswith("kim~")
    assert number == "5"


def test_it_is_the_channel_of_the_credentials():
    assert TerminalInput.name() == "rest"
    credentials = yaml.safe_load((PROJECT / "credentials.yml").read_text())
    assert issubclass(GuardedRestInput, TerminalInput)
    assert f"{GuardedRestInput.__module__}.{GuardedRestInput.__name__}" in credentials
    assert "rest" not in credentials
