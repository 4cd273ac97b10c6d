"""What leaves a shop: docs/learning/federated.md has the list, and here is what is really sent."""

import math
from math import erf, exp, sqrt

import pytest

from tests.federated.probing import needs_flower, probe

pytestmark = [pytest.mark.long, needs_flower]
FIELDS = {
    "setup": ["pk1", "pk2"],
    "share_keys": ["ctxts", "dsts"],
    "collect_masked_vectors": ["masked_params"],
    "unmask": ["nids", "shares"],
}
SHOPS, ROUNDS = 5, 2


@pytest.fixture(scope="module")
def leaves(tmp_path_factory):
    return probe("leaves", tmp_path_factory.mktemp("leaves"))


def test_each_shop_sends_four_answers_a_round_and_nothing_else(leaves):
    stages = sorted(frame["stage"] for frame in leaves["frames"])
    assert stages == sorted(SHOPS * ROUNDS * list(FIELDS))
    for frame in leaves["frames"]:
        assert sorted(FIELDS[frame["stage"]]) == frame["fields"]


def test_beside_the_masked_numbers_is_what_is_the_same_for_every_shop(leaves):
    """The shops have from 10 to 90 messages: that does not show."""
    for frame in leaves["frames"]:
        if frame["stage"] == "collect_masked_vectors":
            assert frame["beside"]["fitres.num_examples"] == {"num_examples": 1}
            assert frame["beside"]["fitres.metrics"] == {}
            assert frame["beside"]["fitres.parameters"] == {}
            assert frame["beside"]["fitres.status"]["message"] == "Success"
        else:
            assert frame["beside"] == {}
    sizes = {f["bytes"] for f in leaves["frames"] if f["stage"] == "collect_masked_vectors"}
    assert max(sizes) - min(sizes) < 32


def test_no_text_no_label_and_no_path_is_in_the_bytes(leaves):
    assert [frame["text"] for frame in leaves["frames"]] == [[] for _ in leaves["frames"]]


def test_a_message_of_one_shop_is_not_its_update_but_their_sum_is(leaves):
    chance = 5 / math.sqrt(leaves["numbers"])
    assert len(leaves["likeness"]) == SHOPS * ROUNDS
    assert max(map(abs, leaves["likeness"])) < chance
    for frame in leaves["frames"]:
        if "spread" in frame:  # as numbers drawn evenly below the modulus
            assert frame["spread"] == pytest.approx([1 / 2, 1 / sqrt(12)], abs=0.03)
    assert leaves["off"] < 1e-5
    assert leaves["sum_likeness"] > 0.9999
    assert leaves["one_off"] > 1e-3


def test_what_is_not_on_the_list_is_refused(tmp_path):
    told = probe("lists", tmp_path)
    assert len(told) == 14
    for title, outcome in told.items():
        assert outcome.startswith("refused"), title


def delta_of(epsilon, sensitivity, deviation):
    """Of one Gaussian release (Balle and Wang 2018, theorem 8)."""

    def below(x):
        return (1 + erf(x / sqrt(2))) / 2

    a, b = sensitivity / (2 * deviation), epsilon * deviation / sensitivity
    return below(a - b) - exp(epsilon) * below(-a - b)


def test_noise_is_there_another_each_time_and_as_much_as_the_budget_asks(tmp_path):
    told = probe("noise", tmp_path)
    for epsilon, deviation in told["deviation"].items():
        # Seven releases of a bound of 2 are as one of 2 times the root of 7.
        found = delta_of(float(epsilon), 2 * sqrt(7), deviation)
        assert found == pytest.approx(1e-5, rel=0.02)
    assert told["found"] == pytest.approx([told["set"]] * 2, rel=0.1)
    assert abs(told["alike"]) < 0.15
    assert abs(told["mean"]) < told["set"] / 5
    assert told["none"] < 1e-9


def test_a_server_that_asks_for_more_than_agreed_gets_nothing(tmp_path):
    told = dict(probe("refusals", tmp_path))
    assert told["first"] == told["second"] == 2
    assert "shape" in told["another shape"]
    assert "no numbers" in told["no numbers"]
    assert "budget" in told["third of two"]
    assert "no numbers" in told["broken table"]
