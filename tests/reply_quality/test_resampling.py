"""Intervals that hold the truth as often as they say, and a test that calls chance by its name."""

import numpy as np
import pytest

pytest.importorskip("sacrebleu")

from switchboard.reply_quality.reply_figures import MeanFigure
from switchboard.reply_quality.resampling import (
    PairedSamples,
    Samples,
    difference,
    holm,
    interval,
)

SHARE = MeanFigure("share", "share")
AT = slice(0, 2)


def rows(values):
    return np.column_stack([values, np.ones(len(values))])


def drawn(values, chunk=70, samples=400, seed=1):
    found = Samples(samples, 2, seed)
    for at in range(0, len(values), chunk):
        found.add(rows(values[at : at + chunk]))
    return interval(SHARE, found.whole, found.drawn, len(values))


def paired(first, second, samples=400, seed=1):
    found = PairedSamples(samples, 2, seed)
    for at in range(0, len(first), 70):
        found.add(rows(first[at : at + 70]), rows(second[at : at + 70]))
    return difference(SHARE, AT, found)


def test_an_interval_is_that_of_drawing_with_replacement():
    values = np.random.default_rng(3).random(200)
    found = drawn(values, samples=2000)
    random = np.random.default_rng(4)
    means = [random.choice(values, len(values)).mean() for _ in range(2000)]
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.01)


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    random = np.random.default_rng(5)
    held = 0
    for seed in range(200):
        found = drawn((random.random(60) < 0.7).astype(float), samples=200, seed=seed)
        held += found.low <= 0.7 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_chance_is_rarely_called_a_difference():
    random = np.random.default_rng(6)
    sure = 0
    for seed in range(200):
        shared = random.random(50)
        first, second = (shared + random.normal(0, 0.2, 50) for _ in range(2))
        sure += paired(first, second, samples=200, seed=seed).p < 0.05
    assert sure / 200 <= 0.1


def test_a_real_difference_is_found_that_unpaired_intervals_miss():
    random = np.random.default_rng(7)
    hard = random.random(80)
    first, second = hard + 0.05 + random.normal(0, 0.05, 80), hard + random.normal(0, 0.05, 80)
    assert drawn(second).high > drawn(first).low
    found = paired(first, second)
    assert found.p < 0.01
    assert 0 < found.gain.low < found.gain.value < found.gain.high
    assert paired(second, first).gain.value == pytest.approx(-found.gain.value)


def test_a_version_beside_itself_is_no_difference():
    values = np.random.default_rng(8).random(40)
    found = paired(values, values)
    assert (found.gain.value, found.p) == (0, 1)


def test_a_handful_has_no_interval():
    found = drawn(np.array([1.0, 0.0, 1.0]))
    assert found.value == pytest.approx(2 / 3)
    assert np.isnan(found.low)
    assert np.isnan(paired(np.ones(3), np.zeros(3)).p)


def test_the_same_seed_draws_the_same():
    values = np.random.default_rng(9).random(300)
    assert drawn(values) == drawn(values)


def test_several_figures_make_a_small_p_less_telling():
    nan = float("nan")
    assert holm([0.01, 0.04, nan, 0.03])[:2] == pytest.approx([0.03, 0.06])
    assert holm([0.01, 0.04, nan, 0.03])[3] == pytest.approx(0.06)
    assert np.isnan(holm([nan])[0])
