"""Words that are misread and the same said plainly are found to mean one thing; other wishes seldom."""

import itertools

import pytest

from switchboard.demo.demo_habits import read_habits
from switchboard.learning.misreadings import ALIKE_MISREAD
from switchboard.overview.wish_space import open_wish_space
from tests.conftest import DATA

HABITS = read_habits()


@pytest.fixture(scope="module")
def space():
    return open_wish_space(DATA / "nlu")


def share(space, pairs):
    return sum(space.likeness(*pair) >= ALIKE_MISREAD for pair in pairs) / len(pairs)


def test_half_of_what_is_said_again_is_found(space):
    pairs = [
        pair for h in HABITS for pair in zip(h.wordings, itertools.cycle(h.plainly), strict=False)
    ]
    assert share(space, pairs) >= 0.45


def test_another_wish_is_seldom_taken_for_the_same(space):
    pairs = [
        (text, other.plainly[0])
        for habit, other in itertools.product(HABITS, HABITS)
        if habit.intent != other.intent and habit.language == other.language
        for text in habit.plainly
    ]
    assert len(pairs) > 300
    assert share(space, pairs) <= 0.15
