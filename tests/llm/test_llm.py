"""The client against a server that speaks the protocol: time, failures, servers that can less."""

import asyncio
import json
import time

import pytest

from switchboard.errors import ConfigurationError, ModelDown, ModelWrong
from switchboard.llm.chat_model import Completion, Deadline, Message, Usage
from switchboard.llm.dialect import Dialect, Format
from switchboard.llm.model_chain import FAILURES, ModelChain
from switchboard.llm.openai_model import OpenAIChatModel, Provider
from switchboard.llm.prices import Price, read_prices
from switchboard.llm.token_counter import TokenCounter
from tests.fakes.llm_server import GOOD, FakeLLM

ASKED = [Message("user", "hello")]
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def model_at(llm, stall=0.5):
    return OpenAIChatModel(Provider("tiny", base_url=f"{llm.url}/v1", stall=stall))


async def test_a_reply_with_its_usage(llm):
    done = await model_at(llm).complete(ASKED, Deadline(5), SCHEMA)
    assert done == Completion(GOOD, Usage(700, 30), "tiny")
    assert llm.last["stream"] is True
    assert llm.last["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("slow", "no reply in time"),
        ("stalls", "silent"),
        ("rate_limited", "429"),
        ("broken", "500"),
        ("refused", "401"),
        ("cut", ""),
    ],
)
async def test_failures_are_told_apart_and_take_no_longer_than_allowed(llm, mode, told):
    llm.mode, llm.delay = mode, 120
    # A server that answers at once may still be slow to be heard on a busy machine.
    stall = {"slow": 0.5, "stalls": 3}.get(mode, 10)
    started = time.monotonic()
    with pytest.raises(ModelDown, match=told):
        await model_at(llm, stall).complete(ASKED, Deadline(10), SCHEMA)
    assert time.monotonic() - started < 30  # a quarter of what the server would take


@pytest.mark.parametrize("mode", ["not_json", "endless"])
async def test_rubbish_is_wrong(llm, mode):
    llm.mode = mode
    with pytest.raises((ModelWrong, ModelDown)):
        await model_at(llm).complete(ASKED, Deadline(3), SCHEMA)


@pytest.mark.parametrize("mode", ["whole", "parts", "no_usage", "odd_usage"])
async def test_odd_replies_are_read(llm, mode):
    llm.mode = mode
    done = await model_at(llm).complete(ASKED, Deadline(5), SCHEMA)
    assert done.text == GOOD
    assert done.usage in (Usage(700, 30), Usage())


async def test_lone_surrogates_can_be_written_down(llm):
    llm.mode = "surrogates"
    (await model_at(llm).complete(ASKED, Deadline(5), SCHEMA)).text.encode()


async def test_thoughts_without_end_end_at_the_deadline(llm):
    llm.mode = "thinking"
    started = time.monotonic()
    with pytest.raises(ModelDown):
        await model_at(llm, stall=5).complete(ASKED, Deadline(1), SCHEMA)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("mode", ["bomb", "bomb_refused"])
async def test_a_packed_reply_is_unpacked_to_a_bound(llm, mode):
    import resource

    llm.mode = mode
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((ModelDown, ModelWrong)):
        await model_at(llm, stall=20).complete(ASKED, Deadline(30), SCHEMA)
    # The server, in this process, makes 60 MB of it; unpacked here it would be as much again.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000


async def test_a_packed_reply_of_usual_size_is_read(llm):
    llm.mode = "packed"
    assert (await model_at(llm).complete(ASKED, Deadline(5), SCHEMA)).text == GOOD


async def test_an_empty_reply_is_wrong(llm):
    llm.replies = [""]
    with pytest.raises(ModelWrong, match="empty"):
        await model_at(llm).complete(ASKED, Deadline(3), SCHEMA)


async def test_a_refused_key_is_not_tried_again(llm):
    llm.mode = "refused"
    with pytest.raises(ModelDown):
        await model_at(llm).complete(ASKED, Deadline(3), SCHEMA)
    assert len(llm.requests) == 1


async def test_a_server_that_fails_once_is_asked_again(llm):
    llm.mode = "flaky"
    assert (await model_at(llm).complete(ASKED, Deadline(3), SCHEMA)).text == GOOD
    assert len(llm.requests) == 2


async def test_retry_after_is_waited_for(llm):
    llm.mode, llm.retry_after = "flaky", "0.6"
    started = time.monotonic()
    await model_at(llm).complete(ASKED, Deadline(3), SCHEMA)
    assert time.monotonic() - started >= 0.6


async def test_a_wait_beyond_the_deadline_is_not_begun(llm):
    llm.mode, llm.retry_after = "flaky", "300"
    deadline = Deadline(60)
    with pytest.raises(ModelDown):
        await model_at(llm).complete(ASKED, deadline, SCHEMA)
    assert deadline.left > 30


async def test_an_unreachable_server():
    away = OpenAIChatModel(Provider("tiny", base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(ModelDown, match="unreachable"):
        await away.complete(ASKED, Deadline(2), SCHEMA)


@pytest.mark.parametrize(
    "lacks",
    [
        {"response_format"},
        {"stream_options"},
        {"temperature"},
        {"response_format", "stream_options", "temperature"},
    ],
)
async def test_what_a_server_lacks_is_learnt_once(llm, lacks):
    llm.lacks = lacks
    model = model_at(llm)
    assert (await model.complete(ASKED, Deadline(3), SCHEMA)).text == GOOD
    asked = len(llm.requests)
    await model.complete(ASKED, Deadline(3), SCHEMA)
    assert len(llm.requests) == asked + 1
    assert not lacks & set(llm.last)


def test_a_dialect_becomes_simpler_until_nothing_is_left():
    dialect, seen = Dialect(), []
    while dialect is not None:
        seen.append(dialect)
        dialect = dialect.after_refusal(400, "bad request")
    assert [d.format for d in seen] == [*Format, Format.WORDS]
    assert (
        Dialect().after_refusal(400, "use max_completion_tokens").bound == "max_completion_tokens"
    )


def test_a_failure_is_no_matter_of_dialect():
    assert Dialect().after_refusal(500, "oops") is None
    assert Dialect().after_refusal(401, "temperature") is None
    assert Dialect().after_refusal(500, "1 validation error: response_format") is not None


async def test_leaving_a_stream_ends_it(llm):
    llm.mode, llm.delay = "stalls", 0.4
    call = asyncio.create_task(model_at(llm, stall=5).complete(ASKED, Deadline(20), SCHEMA))
    await asyncio.sleep(0.6)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    for _ in range(40):
        if llm.cut_off:
            break
        await asyncio.sleep(0.1)
    assert llm.cut_off == 1


async def test_the_second_model_answers_when_the_first_is_down(llm):
    away = OpenAIChatModel(Provider("away", base_url="http://127.0.0.1:9/v1"))
    chain = ModelChain([away, model_at(llm)])
    assert (await chain.complete(ASKED, Deadline(4), SCHEMA)).model == "tiny"


async def test_a_stalling_first_leaves_time_for_the_second(llm):
    slow = FakeLLM()
    slow.mode, slow.delay = "slow", 60
    chain = ModelChain([model_at(slow, stall=60), model_at(llm)])
    deadline = Deadline(3)
    assert (await chain.complete(ASKED, deadline, SCHEMA)).model == "tiny"
    assert deadline.left > 0
    slow.close()


async def test_a_model_that_keeps_failing_is_left_alone_and_tried_again(llm, monkeypatch):
    llm.mode = "refused"
    chain = ModelChain([model_at(llm)])
    for _ in range(FAILURES):
        with pytest.raises(ModelDown):
            await chain.complete(ASKED, Deadline(2), SCHEMA)
    asked = len(llm.requests)
    with pytest.raises(ModelDown, match="resting"):
        await chain.complete(ASKED, Deadline(2), SCHEMA)
    assert len(llm.requests) == asked
    llm.mode = "good"
    monkeypatch.setattr(chain._breakers[0], "_recovery_timeout", 0)
    assert (await chain.complete(ASKED, Deadline(2), SCHEMA)).text == GOOD


async def test_only_so_many_calls_at_once(llm):
    llm.mode, llm.delay = "slow", 0.3
    chain = ModelChain([model_at(llm, stall=2)], concurrent=2)
    await asyncio.gather(*(chain.complete(ASKED, Deadline(30), SCHEMA) for _ in range(4)))
    assert llm.most_at_once == 2
    llm.delay = 60
    calls = [chain.complete(ASKED, Deadline(1), SCHEMA) for _ in range(3)]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(error, ModelDown) for error in done)


def test_a_chain_needs_a_model():
    with pytest.raises(ValueError):
        ModelChain([])


async def test_pictures_are_sent_as_parts(llm):
    await model_at(llm).complete(
        [Message("user", "look", ("data:image/png;base64,AA==",))], Deadline(3)
    )
    (message,) = llm.last["messages"]
    assert [part["type"] for part in message["content"]] == ["text", "image_url"]


def test_prices():
    prices = read_prices("small=0.15/0.60, org/big=2/8")
    assert prices["small"].of(Usage(1_000_000, 500_000)) == pytest.approx(0.45)
    assert prices["org/big"] == Price(2, 8)
    assert read_prices("") == {}
    for wrong in ("small", "small=1", "small=a/b"):
        with pytest.raises(ConfigurationError, match="PRICES"):
            read_prices(wrong)


def test_tokens_are_counted_and_corrected_by_what_servers_say():
    from switchboard.embedding.encoder import default_encoder

    counter = TokenCounter(default_encoder().count_pieces)
    english = counter.count([Message("user", "Where is my parcel? " * 50)])
    assert 200 < english < 400  # five or six a sentence, not eighty characters for twenty
    chinese = counter.count([Message("user", "我的包裹在哪里？" * 50)])
    assert 100 < chinese < 300
    prompt = [Message("user", "Where is my parcel? " * 50)]
    for _ in range(60):
        counter.learn(prompt, round(english * 1.3))
    assert counter.count(prompt) == pytest.approx(english * 1.3, rel=0.02)
    counter.learn(prompt, 10**9)
    assert counter.count(prompt) < english * 2


def test_a_request_is_json_that_servers_read():
    json.dumps(Dialect().parameters(SCHEMA, 100))
