"""Shops that die in a round, are slow, or send what they may not: the others go on, or the round is
refused; the sum is never wrong."""

import pytest

from tests.federated.probing import needs_flower, probe

pytestmark = [pytest.mark.long, needs_flower]
EXACT = 1e-5


@pytest.mark.parametrize("number", ["one-dies", "two-die"])
def test_the_sum_of_those_who_are_left_comes_out_right(number, tmp_path):
    told = probe(f"{number}-before-masking", tmp_path)
    assert told["off_rest"] < EXACT
    assert told["off_all"] > 10 * EXACT
    assert told["refused"] == 0


def test_who_dies_after_sending_is_counted(tmp_path):
    """Its numbers are in the sum already, and the others can take its cover off."""
    told = probe("one-dies-after-masking", tmp_path)
    assert told["off_all"] < EXACT


def test_with_too_few_left_the_round_is_refused_and_nothing_moves(tmp_path):
    told = probe("three-die-before-masking", tmp_path)
    assert told["refused"] == 1
    assert told["moved"] == 0.0


def test_who_dies_before_its_keys_are_shared_costs_one_round(tmp_path):
    told = probe("dies-early", tmp_path)
    assert (told["refused"], told["done"]) == (1, 1)
    assert told["off_rest"] < EXACT


def test_rounds_are_given_up_when_they_fail_in_a_row(tmp_path):
    told = probe("in-a-row", tmp_path)
    assert "too few shops answered" in told["said"]
    assert told["seconds"] < 30


def test_two_are_no_federation(tmp_path):
    assert "3 shops or more" in probe("two-shops", tmp_path)["said"]


@pytest.mark.parametrize("how", ["nan", "shape", "rubbish"])
def test_what_a_hostile_shop_sends_is_left_out(how, tmp_path):
    told = probe(f"{how}-shop", tmp_path)
    assert told["off_rest"] < EXACT
    assert told["not_on_the_list"] == 2
    assert told["done"] == 3


def test_a_slow_shop_is_left_out_and_its_late_answer_does_no_harm(tmp_path):
    told = probe("slow-shop", tmp_path)
    assert told["off_rest"] < EXACT
    assert told["done"] == 3
    assert told["not_on_the_list"] == 0


def test_of_a_shop_that_cannot_answer_nobody_learns_why(tmp_path):
    told = probe("broken-shop", tmp_path)
    assert told["errors"] == [[1001, "refused"]]
    assert told["off_rest"] < EXACT
