"""Log lines as a process writes them: run in one of their own, since logging is of the process."""

import json
import subprocess
import sys

import pytest

from switchboard.project import PROJECT as ROOT

SCRIPT = """
import logging, structlog, sys, warnings
from switchboard.observing.log_lines import configure_logs
from switchboard.observing.turn_context import turn_of
from switchboard.settings import load_settings
logging.getLogger("uvicorn.error").addHandler(logging.StreamHandler(sys.stdout))
logging.getLogger("sanic.error").propagate = False
logging.getLogger().setLevel(logging.INFO)
configure_logs("desk", load_settings().watch)
logging.getLogger("switchboard.x").warning("outside of %s", "a turn")
with turn_of("telegram:5"):
    logging.getLogger("sanic.error").error("one\\ntwo\\x1b[31m")
    logging.getLogger("uvicorn.error").error("of uvicorn")
    structlog.get_logger("rasa.x").error("rest.failure", text="my card is 4111", action="a")
    try:
        raise ValueError("my card is 4111")
    except ValueError:
        logging.getLogger("switchboard.x").exception("it failed")
        structlog.get_logger("rasa.x").exception("rest.failure", text="my card is 4111")
try:
    raise ValueError("no such file")
except ValueError:
    logging.getLogger("switchboard.x").exception("at the start")
warnings.warn("old")
"""


def written(form, **more):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "SWITCHBOARD_LOG_KEY": "k", "SWITCHBOARD_LOG_FORMAT": form},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return done.stderr


def test_json_is_one_object_a_line():
    lines = [json.loads(line) for line in written("json").splitlines()]
    assert all(line.keys() >= {"time", "level", "logger", "message", "process"} for line in lines)
    assert {line["process"] for line in lines} == {"desk"}
    first, sanic, uvicorn, rasa, failed, of_rasa, at_start, warning = lines
    assert first["message"] == "outside of a turn"
    assert "turn" not in first
    assert sanic["message"] == "one\ntwo\x1b[31m"
    assert (uvicorn["logger"], uvicorn["level"]) == ("uvicorn.error", "error")
    assert rasa["message"] == "rest.failure action=a"
    within = (sanic, uvicorn, rasa, failed, of_rasa)
    assert len({(line["turn"], line["conversation"]) for line in within}) == 1
    assert failed["error"].endswith("ValueError")
    assert of_rasa["error"].endswith("ValueError")
    assert "no such file" in at_start["error"]
    assert warning["logger"] == "py.warnings"


def test_text_is_one_line_with_the_turn():
    lines = written("text").splitlines()
    assert "outside of a turn" in lines[0]
    assert "turn=" not in lines[0]
    assert r"one\ntwo\x1b[31m  [conversation=" in lines[1]
    assert "turn=" in lines[1]


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_a_customer_is_in_them(form):
    text = written(form)
    assert "4111" not in text
    assert "telegram:5" not in text
