"""Agreement with surveys, against the libraries that compute it from single cases."""

import random

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from switchboard.overview.survey_agreement import Surveyed, agreement


def surveyed(pairs):
    return [Surveyed(measure, survey, 1) for measure, survey in pairs]


def linked(count, noise, seed=3):
    """Surveys that follow a score, with more or less noise."""
    dice = random.Random(seed)
    scores = [dice.randint(0, 100) for _ in range(count)]
    return [(s, min(5, max(1, round(1 + s / 25 + dice.gauss(0, noise))))) for s in scores]


@pytest.mark.parametrize("noise", [0.5, 2.0, 50.0])
def test_it_is_what_the_libraries_say(noise):
    pairs = linked(200, noise)
    found = agreement(surveyed(pairs), 60)
    scores, surveys = zip(*pairs, strict=True)
    assert found.surveys == 200
    assert found.rank.value == pytest.approx(spearmanr(scores, surveys)[0])
    kappa = cohen_kappa_score([s >= 60 for s in scores], [s >= 4 for s in surveys])
    assert found.kappa.value == pytest.approx(kappa)


def test_the_interval_is_that_of_drawing_cases_anew():
    pairs = linked(120, 1.5)
    found = agreement(surveyed(pairs), 60, rounds=3000)
    dice, array = np.random.default_rng(1), np.array(pairs)
    drawn = [spearmanr(*array[dice.integers(0, len(array), len(array))].T)[0] for _ in range(3000)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert found.rank.low == pytest.approx(low, abs=0.02)
    assert found.rank.high == pytest.approx(high, abs=0.02)
    assert found.rank.low < found.rank.value < found.rank.high


def test_equal_pairs_may_come_in_any_number_of_parts():
    pairs = linked(100, 1.0)
    whole = agreement(surveyed(pairs), 60)
    assert agreement(surveyed(pairs[::-1]), 60) == whole
    few = [Surveyed(80, 5, 30), Surveyed(20, 1, 30), Surveyed(80, 1, 5)]
    assert agreement(few, 60) == agreement([*few[:1], few[2], few[1]], 60)


@pytest.mark.parametrize(
    "pairs", [[], linked(19, 1.0), [(80, 5)] * 50, [(80, 5), (80, 4)] * 25, [(80, 5), (20, 5)] * 25]
)
def test_too_few_or_all_alike_tell_nothing(pairs):
    found = agreement(surveyed(pairs), 60)
    assert (found.surveys, found.rank, found.kappa) == (len(pairs), None, None)


def test_a_bar_that_nothing_reaches_has_no_kappa_beyond_chance():
    found = agreement(surveyed(linked(100, 1.0)), 1000)
    assert found.kappa.value == pytest.approx(0.0)
