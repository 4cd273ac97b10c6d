"""No customer's word in a log, whoever writes it and however it is set up."""

from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest

from switchboard.private_logs import make_safe, one_line
from switchboard.project import PROJECT

WORDS = "xq-marker"
SECRETS = (WORDS, "4711", "kim@example.com")
# Each way in which a process says something, in a process of its own: hooks are for good.
SET_UP = """
import asyncio, logging, sys, threading, warnings
sys.path.insert(0, {project!r})
from switchboard.private_logs import keep_private
text = "xq-marker where is 4711? kim@example.com"
{before}
keep_private()
{after}
"""
HANDLERS = {
    "plain": "logging.basicConfig(level=logging.INFO)",
    "Rasa's": "from rasa.utils.log_utils import configure_structlog; configure_structlog(20)\n"
    "import rasa.utils.io; rasa.utils.io.configure_colored_logging('INFO')",
    "the SDK's": "import rasa_sdk.utils; rasa_sdk.utils.configure_colored_logging('INFO')",
    "uvicorn's": "import logging.config, uvicorn.config\n"
    "logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)",
}
SAYINGS = {
    "a message": "logging.getLogger('rasa.x').error('no answer to %s', text)",
    "an f-string": "logging.getLogger('rasa_sdk.endpoint').error(f'request {text}')",
    "an error": "try: int(text)\nexcept ValueError: logging.getLogger('sanic.error').exception('for %s', text)",
    "its chain": "try:\n try: int(text)\n except ValueError as e: raise KeyError(text) from e\n"
    "except KeyError: logging.getLogger('uvicorn.error').exception('in %s', text)",
    "an address": "logging.getLogger('httpx').info('HTTP Request: GET https://x.example/orders/4711')",
    "a stack": "logging.getLogger('x').error(text, stack_info=True)",
    "a warning": "warnings.warn(text)",
    "a thread": "t = threading.Thread(target=int, args=[text]); t.start(); t.join()",
    "a task": "async def f(): raise ValueError(text)\nasync def g():\n asyncio.ensure_future(f()); await asyncio.sleep(0)\n"
    "asyncio.run(g()); import gc; gc.collect()",
    "structlog": "import structlog; structlog.get_logger('rasa.y').warning('message.parsing.failed', user_text=text)",
    "ours, with an error": "try: int(text)\nexcept ValueError as e: logging.getLogger('switchboard.x').error('failed', exc_info=e)",
    "uncaught": "int(text)",
}


def said(before: str, after: str) -> str:
    code = SET_UP.format(project=str(PROJECT), before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("handlers", ["plain", "uvicorn's"])
def test_nothing_of_a_customer_is_said(handlers):
    # All in one process, since each takes a second to start; the uncaught one ends it.
    after = "\n".join(saying for name, saying in SAYINGS.items() if name != "structlog")
    told = said(HANDLERS[handlers], after)
    assert "ValueError" in told, "the kinds are said"
    assert "nothing caught ValueError at __main__:<module>:" in told
    assert "UserWarning at " in told
    for secret in SECRETS:
        assert secret not in told, told


@pytest.mark.parametrize("handlers", ["Rasa's", "the SDK's"])
def test_nor_with_rasas_own_set_up(handlers):
    pytest.importorskip("rasa")  # which is not where core is tested alone
    structured = handlers == "Rasa's"  # the SDK has no structlog
    told = said(
        HANDLERS[handlers],
        "\n".join(v for k, v in SAYINGS.items() if structured or k != "structlog"),
    )
    assert "nothing caught ValueError" in told
    assert ("rasa.y (message.parsing.failed)" in told) is structured
    for secret in SECRETS:
        assert secret not in told, told


def test_without_it_they_would_say_it():
    code = SET_UP.replace("keep_private()", "").replace(
        "from switchboard.private_logs import keep_private", ""
    )
    code = code.format(project=str(PROJECT), before=HANDLERS["plain"], after=SAYINGS["a message"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert WORDS in done.stderr


def record(name: str, message: str, *args: object, level: int = logging.ERROR) -> str:
    return make_safe(
        logging.LogRecord(name, level, "processor.py", 7, message, args, None, "parse")
    ).getMessage()


@pytest.mark.parametrize("brk", ["\n", "\r\n", "\x0b", "\x0c", "\u2028", "\x1b[2K\r", "\x85"])
def test_no_line_is_forged(brk):
    forged = f"m.1{brk}ERROR switchboard: all is lost"
    told = record("switchboard.channels.x", "no such message: %s", forged)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told


def test_our_own_words_stay():
    assert record("switchboard.x", "%d%% of %s", 5, "it") == "5% of it"
    assert record("actions.base", "a: b") == "a: b"


def test_a_librarys_place_stands_for_its_words():
    assert (
        record("rasa.core.processor", "text: %s", WORDS)
        == "rasa.core.processor (processor:parse:7)"
    )
    assert record("rasa.core.run", "up and running", level=logging.INFO) == "up and running"
    assert WORDS not in record("rasa.core.run", WORDS)


def test_a_format_that_does_not_fit_is_no_error():
    assert record("switchboard.x", "%d", WORDS) == "switchboard.x (processor:parse:7)"


def test_a_line_is_bounded():
    assert len(one_line("x" * 100_000)) <= 2000


def test_every_error_of_ours_is_logged_with_its_place():
    call = re.compile(r"log(?:ger)?\.\w+\((?:[^()]|\([^()]*\))*\)")
    for path in [*(PROJECT / "switchboard").rglob("*.py"), *(PROJECT / "actions").rglob("*.py")]:
        for said_there in call.findall(path.read_text()):
            assert "type(error)" not in said_there, f"{path}: {said_there}"
