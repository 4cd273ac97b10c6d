"""The engine on a real llama.cpp server, with a model of half a megabyte made on the spot.

`make local-model` builds the server (five minutes, once); without it these tests are left out. The
model knows nothing, so what it says is noise in the right shape: what is tested is the protocol,
and that noise reaches no customer.
"""

from __future__ import annotations

import asyncio
import subprocess
import time

import pytest

from switchboard.answering.opening import open_answers, open_library
from switchboard.answering.question import Question
from switchboard.answering.trace import Trace
from switchboard.cli.processes import Server, some_free_port
from switchboard.database.connection import open_database
from switchboard.knowledge.statements import FORMS
from switchboard.llm.chat_model import Deadline, Message
from switchboard.llm.openai_model import OpenAIChatModel, Provider
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings

PYTHON = ROOT / "var" / "llama" / "bin" / "python"
QUESTION = "Can I put the mugs in the dishwasher?"
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["decline"]}},
    "required": ["kind"],
    "additionalProperties": False,
}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not PYTHON.exists(), reason="no llama.cpp server: `make local-model` builds one"
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llama")
    model = folder / "tiny.gguf"
    maker = ROOT / "tests" / "fakes" / "tiny_model.py"
    subprocess.run([PYTHON, maker, model], check=True, timeout=120)
    port = some_free_port()
    command = [PYTHON, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--n_ctx", "8192"]
    server = Server("llama.cpp server", command, port, "/v1/models", folder / "llama.log")
    server.wait()
    yield f"http://127.0.0.1:{port}/v1"
    server.stop()


@pytest.fixture
def engine(address, phrasebook, tmp_path):
    settings = load_settings({"OPENAI_BASE_URL": address, "SWITCHBOARD_LLM_TIMEOUT": "8"})
    library = open_library(settings, phrasebook)
    database = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
    return open_answers(settings, library, phrasebook, database)


async def test_the_server_holds_the_model_to_a_schema_without_a_key(address):
    model = OpenAIChatModel(Provider("tiny", base_url=address))
    done = await model.complete([Message("user", "hello")], Deadline(20), SCHEMA)
    assert "".join(done.text.split()) == '{"kind":"decline"}'


async def test_of_noise_the_customer_reads_the_shops_sentences_at_most(engine):
    trace = Trace()
    answer = await engine.answer(Question(QUESTION), trace)
    assert trace.replies or "ModelDown" in answer.reason
    statements = {s.said(form) for h in trace.hits for s in h.passage.statements for form in FORMS}
    left = answer.text
    for said in sorted(statements, key=len, reverse=True):
        left = left.replace(said, "")
    assert len(left.split()) < 30, left  # an opening and a closing of the shop's


async def test_five_at_once_all_get_an_answer(engine):
    asked = [Question(f"{QUESTION} ({number})") for number in range(5)]
    answers = await asyncio.gather(*(engine.answer(question) for question in asked))
    assert len(answers) == 5


async def test_a_cancelled_call_ends_at_once(engine):
    # Last of all: this server may go on for a while with what nobody waits for.
    task = asyncio.create_task(engine.answer(Question(QUESTION)))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 6  # of the eight that the call may take
