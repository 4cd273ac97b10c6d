"""A candidate is offered only if it is better beyond chance, and worse in nothing."""

import random

import pytest

from switchboard.learning.comparison import FEWER, Judgement, Reading, compare, judge, weigh


class Right:
    """Reads a share of the messages right, always the same ones."""

    def __init__(self, share):
        self.share = share

    def read(self, texts):
        return [
            text.split()[0] if random.Random(text).random() < self.share else "wrong"
            for text in texts
        ]


def readings(number, seed):
    return [Reading(f"intent{i % 7} {seed} {i}", f"intent{i % 7}") for i in range(number)]


@pytest.mark.parametrize(
    ("learned", "known", "verdict"),
    [
        ((0.2, 0.6), (0.9, 0.9), Judgement.BETTER),
        ((0.2, 0.6), (0.9, 0.7), Judgement.WORSE),
        ((0.5, 0.5), (0.9, 0.95), Judgement.NOT_BETTER),
        ((0.6, 0.2), (0.9, 0.9), Judgement.NOT_BETTER),
    ],
)
def test_the_verdict(learned, known, verdict):
    gains = [
        compare(name, readings(300, name), Right(before), Right(after))
        for name, (before, after) in (("learned", learned), ("known", known))
    ]
    assert judge(*gains) is verdict


def test_from_few_messages_nothing_is_told():
    few = compare("learned", readings(5, "a"), Right(0.0), Right(1.0))
    many = compare("known", readings(300, "b"), Right(0.9), Right(0.9))
    assert judge(few, many) is Judgement.TOO_FEW
    assert judge(many, compare("none", [], Right(1), Right(1))) is Judgement.TOO_FEW


@pytest.mark.parametrize(
    ("lost", "verdict"), [(1, Judgement.BETTER), (2, Judgement.WORSE), (10, Judgement.WORSE)]
)
def test_of_few_messages_one_may_be_read_otherwise(lost, verdict):
    learned = compare("learned", readings(300, "a"), Right(0.2), Right(0.6))
    known = weigh("known", [1.0] * 60, [0.0] * lost + [1.0] * (60 - lost))
    assert judge(learned, known) is verdict


def test_the_interval_holds_the_gain_and_is_the_same_each_time():
    one = compare("x", readings(200, "c"), Right(0.5), Right(0.7))
    assert one == compare("x", readings(200, "c"), Right(0.5), Right(0.7))
    assert one.low < one.gain < one.high
    assert one.gain == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize(
    ("serving", "candidate", "verdict"),
    [
        ([1.0] * 90 + [0.0] * 10, [1.0] * 90 + [0.0] * 10, Judgement.BETTER),
        ([1.0] * 100, [1.0] * 99 + [0.75], Judgement.BETTER),  # less than is borne, by chance
        ([1.0] * 100, [1.0] * 96 + [0.0] * 4, Judgement.WORSE),  # more than is borne
        ([1.0] * 1000, [1.0] * 985 + [0.0] * 15, Judgement.WORSE),  # beyond chance
        ([], [], Judgement.BETTER),
    ],
)
def test_who_reaches_fewer_goals_is_not_offered(serving, candidate, verdict):
    learned = compare("learned", readings(300, "a"), Right(0.2), Right(0.6))
    known = compare("known", readings(300, "b"), Right(0.9), Right(0.9))
    customers = weigh("customers", serving, candidate)
    assert judge(learned, known, customers) is verdict
    assert customers.cases == len(serving)


def test_lost_goals_weigh_even_where_messages_are_few():
    few = compare("learned", readings(5, "a"), Right(0.0), Right(1.0))
    known = compare("known", readings(300, "b"), Right(0.9), Right(0.9))
    lost = weigh("customers", [1.0] * 10, [1.0] * 9 + [1 - 11 * FEWER])
    assert judge(few, known, lost) is Judgement.WORSE
    assert judge(few, known) is Judgement.TOO_FEW
