"""The ceiling of a day: reached exactly, by one process or several, told once."""

import pytest

from switchboard.answering.ledger import Ceiling, Ledger, Spent
from switchboard.answering.question import Answer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.llm.chat_model import Usage

NOON = 20_000 * 86_400 + 43_200.0


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def spend(ledger, money=0.0, tokens=0, sender="maya"):
    trace = Trace(usage=Usage(tokens, 0), money=money)
    ledger.record(Question("x", conversation_id=sender), Answer(Origin.MODEL), trace)


@pytest.mark.parametrize(
    ("ceiling", "money", "tokens"),
    [
        (Ceiling(money=1.0), 0.5, 0),
        (Ceiling(tokens=100), 0.0, 50),
        (Ceiling(money=1.0, tokens=1000), 0.5, 50),
        (Ceiling(money=9.0, tokens=100), 0.5, 50),
    ],
)
def test_at_the_ceiling_of_either_kind_no_more_is_spent(engine, clock, ceiling, money, tokens):
    ledger = Ledger(engine, ceiling, clock)
    spend(ledger, money, tokens)
    assert ledger.may_spend()
    spend(ledger, money, tokens)
    assert not ledger.may_spend()
    assert not Ledger(engine, ceiling, clock).may_spend()  # as after a restart


def test_without_a_ceiling_anything_may_be_spent(engine, clock):
    ledger = Ledger(engine, Ceiling(), clock)
    spend(ledger, 1e6, 10**9)
    assert ledger.may_spend()


def test_what_other_processes_spend_is_seen_within_seconds(engine, clock):
    one, other = (Ledger(engine, Ceiling(tokens=100), clock) for _ in range(2))
    assert one.may_spend()
    spend(other, tokens=100)
    assert not other.may_spend()
    clock.now += 6
    assert not one.may_spend()


def test_a_day_begins_at_midnight(engine, clock):
    ledger = Ledger(engine, Ceiling(tokens=100), clock)
    clock.now = NOON + 43_190
    spend(ledger, tokens=100)
    assert not ledger.may_spend()
    clock.now = NOON + 43_206
    assert ledger.may_spend()


def test_the_operator_is_told_once_a_day(engine, clock, caplog):
    ledger = Ledger(engine, Ceiling(tokens=100), clock)
    for day in (1, 2):
        spend(ledger, tokens=100)
        for _ in range(5):
            clock.now += 6
            assert not ledger.may_spend()
        assert caplog.text.count("ceiling") == day
        clock.now += 86_400
        assert ledger.may_spend()


def test_a_database_that_fails_does_not_lift_the_ceiling(engine, clock, caplog):
    ledger = Ledger(engine, Ceiling(tokens=100), clock)
    spend(ledger, tokens=100)
    assert not ledger.may_spend()
    with engine.begin() as db:
        db.exec_driver_sql("drop table open_turns")
    clock.now += 6
    assert not ledger.may_spend()
    assert "spending unknown" in caplog.text


def test_a_time_begins_with_its_first_second_and_ends_before_its_last(engine, clock):
    ledger = Ledger(engine, now=clock)
    for sender in ("maya", "tom"):
        spend(ledger, 0.5, 10, sender)
    assert ledger.spent(NOON, NOON + 1) == Spent(2, 20, 1.0)
    assert ledger.spent(NOON - 1, NOON) == Spent(0, 0, 0.0)
    assert ledger.spent(NOON + 1) == Spent(0, 0, 0.0)
    assert ledger.spent(NOON, conversation_id="tom") == Spent(1, 10, 0.5)
    assert ledger.outcomes(NOON) == {"model": 2}
    assert ledger.outcomes(NOON + 1) == {}
