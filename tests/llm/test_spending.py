"""The ceiling of a day: reserved before a call, never exceeded, told once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from switchboard.answering.ledger import Ledger
from switchboard.answering.question import Answer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import CeilingReached, ModelDown
from switchboard.llm.chat_model import Deadline, Message, Usage
from switchboard.llm.metered_model import UNKNOWN_PRICE, Meter, MeteredModel
from switchboard.llm.openai_model import OpenAIChatModel, Provider
from switchboard.llm.prices import Price
from switchboard.llm.spending import Ceiling, DailyCeiling
from switchboard.llm.token_counter import TokenCounter
from tests.fakes.clock import Clock

NOON = 20_000 * 86_400 + 43_200.0
ASKED = [Message("user", "hello")]


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.mark.parametrize(
    ("ceiling", "money", "tokens"),
    [
        (Ceiling(money=1.0), 0.5, 0),
        (Ceiling(tokens=100), 0.0, 50),
        (Ceiling(money=1.0, tokens=1000), 0.5, 50),
        (Ceiling(money=9.0, tokens=100), 0.5, 50),
    ],
)
def test_at_the_ceiling_of_either_kind_no_more_is_given(engine, clock, ceiling, money, tokens):
    daily = DailyCeiling(engine, ceiling, clock)
    assert daily.reserve(tokens, money)
    assert daily.reserve(tokens, money)
    assert daily.reserve(tokens, money) is None
    assert DailyCeiling(engine, ceiling, clock).reserve(tokens, money) is None  # after a restart


def test_without_a_ceiling_anything_is_given(engine, clock):
    assert DailyCeiling(engine, Ceiling(), clock).reserve(10**9, 1e6)


def test_what_was_not_used_is_given_back_and_no_more(engine, clock):
    daily = DailyCeiling(engine, Ceiling(tokens=100), clock)
    reserved = daily.reserve(80, 0.0)
    assert daily.reserve(80, 0.0) is None
    daily.settle(reserved, 20, 0.0)
    assert daily.reserve(80, 0.0)
    assert daily.reserve(1, 0.0) is None


def test_processes_share_a_day(engine, clock):
    one, other = (DailyCeiling(engine, Ceiling(tokens=100), clock) for _ in range(2))
    assert other.reserve(60, 0.0)
    assert one.reserve(60, 0.0) is None
    assert one.reserve(40, 0.0)


def test_a_day_begins_at_midnight(engine, clock):
    daily = DailyCeiling(engine, Ceiling(tokens=100), clock)
    clock.now = NOON + 43_190
    assert daily.reserve(100, 0.0)
    assert daily.reserve(1, 0.0) is None
    clock.now = NOON + 43_206
    assert daily.reserve(100, 0.0)


def test_what_was_spent_before_counts(engine, clock):
    trace = Trace(usage=Usage(80, 10), money=0.2)
    Ledger(engine, clock).record(Question("x"), Answer(Origin.MODEL), trace)
    daily = DailyCeiling(engine, Ceiling(tokens=100), clock)
    assert daily.reserve(11, 0.0) is None
    assert daily.reserve(10, 0.0)


def test_the_operator_is_told_once_a_day(engine, clock, caplog):
    daily = DailyCeiling(engine, Ceiling(tokens=100), clock)
    for day in (1, 2):
        assert daily.reserve(100, 0.0)
        for _ in range(5):
            assert daily.reserve(1, 0.0) is None
        assert caplog.text.count("ceiling") == day
        clock.now += 86_400


def test_a_database_that_fails_does_not_lift_the_ceiling(engine, clock, caplog):
    daily = DailyCeiling(engine, Ceiling(tokens=100), clock)
    assert daily.reserve(60, 0.0)
    with engine.begin() as db:
        db.exec_driver_sql("drop table model_spending")
    assert daily.reserve(60, 0.0) is None
    assert daily.reserve(40, 0.0)
    assert daily.reserve(1, 0.0) is None
    assert "not written down" in caplog.text


def test_fifty_at_once_do_not_exceed_it(engine):
    daily = DailyCeiling(engine, Ceiling(tokens=1000))
    given = []
    threads = [
        threading.Thread(target=lambda: given.append(daily.reserve(100, 0.0))) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(reserved is not None for reserved in given) == 10


@pytest.fixture
def metered(llm, engine):
    def make(stall=5.0, **more):
        meter = Meter(
            DailyCeiling(engine, Ceiling(tokens=100_000)),
            TokenCounter(default_encoder().count_pieces),
            {"tiny": Price(1, 2)},
            reply_tokens=500,
        )
        model = OpenAIChatModel(Provider("tiny", base_url=f"{llm.url}/v1", stall=stall))
        return MeteredModel(model, replace(meter, **more))

    return make


def spent(engine):
    with engine.connect() as db:
        return db.exec_driver_sql("select tokens, money from model_spending").one()


async def test_a_call_costs_what_the_server_reports(metered, engine):
    done = await metered().complete(ASKED, Deadline(5))
    assert done.usage == Usage(700, 30)
    assert tuple(spent(engine)) == (730, pytest.approx((700 + 60) / 1e6))


@pytest.mark.parametrize("mode", ["no_usage", "odd_usage"])
async def test_usage_that_is_unknown_or_odd_counts_by_our_own_estimate(metered, engine, llm, mode):
    llm.mode = mode
    done = await metered().complete(ASKED, Deadline(5))
    assert 5 <= done.usage.prompt <= 20
    assert done.usage.completion >= 5
    assert spent(engine).tokens == done.usage.prompt + done.usage.completion


@pytest.mark.parametrize("mode", ["cut", "stalls"])
async def test_a_call_that_was_cut_off_stays_at_what_was_reserved(metered, engine, llm, mode):
    llm.mode, llm.delay = mode, 60
    with pytest.raises(ModelDown):
        await metered(stall=0.5).complete(ASKED, Deadline(5))
    assert spent(engine).tokens >= 500


async def test_a_call_that_nobody_took_costs_nothing(metered, engine, llm):
    llm.mode = "refused"
    with pytest.raises(ModelDown):
        await metered().complete(ASKED, Deadline(5))
    assert spent(engine).tokens == 0


async def test_a_missing_price_is_that_of_the_dearest(metered):
    priced = metered(prices={"small": Price(1, 1), "big": Price(9, 9)})
    assert priced.money(await priced.complete(ASKED, Deadline(5))) == pytest.approx(730 * 9 / 1e6)
    unpriced = metered(prices={})
    done = await unpriced.complete(ASKED, Deadline(5))
    assert unpriced.money(done) == UNKNOWN_PRICE.of(done.usage)


async def test_beyond_the_ceiling_no_call_is_made(metered, engine, llm):
    model = metered(ceiling=DailyCeiling(engine, Ceiling(tokens=1500)))
    calls = [model.complete(ASKED, Deadline(5)) for _ in range(50)]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(error, CeilingReached) for error in done) == 50 - len(llm.prompts)
    assert len(llm.prompts) <= 2
    assert spent(engine).tokens <= 1500
