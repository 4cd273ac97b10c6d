"""How many a customer means."""

from __future__ import annotations

import pytest

from switchboard.text.quantities import Quantity, find_quantity, read_quantity


@pytest.mark.parametrize(
    ("text", "count"),
    [("3", 3), ("three please", 3), ("0", 0), ("none", 0), ("both", 2), ("1 or 2", None), ("-", None), ("2.5", None), ("", None), ("三个", 3), ("两件吧", 2), ("十二", 12), ("二十条", 20), ("一个或两个", None)],
)  # fmt: skip
def test_a_total_is_understood(text, count):
    found = read_quantity(text)
    assert (found and found.count) == count


@pytest.mark.parametrize(
    ("text", "there", "in_all"),
    [
        ("one more", 2, 3),
        ("another two", 2, 4),
        ("one less", 2, 1),
        ("three fewer please", 2, 0),
        ("再加一个", 2, 3),
        ("少两个", 3, 1),
        ("4 in all", 2, 4),
        ("remove it", 2, 0),
        ("不要了", 2, 0),
    ],
)
def test_more_and_fewer_count_from_what_is_there(text, there, in_all):
    found = read_quantity(text)
    assert found is not None
    assert found.of(there) == in_all


@pytest.mark.parametrize(
    "text",
    ["a glass carafe instead", "lots", "", "我想想", "帮我看一下", "想换一换", "别弄了，不要弄"],
)
def test_what_counts_nothing(text):
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    ("wish", "meant"),
    [
        ("please change the mugs in order 4722 to 4", Quantity(4)),
        ("mug x 3 total in 4722", Quantity(3)),
        ("remove the soap dish from 4722", Quantity(0)),
        ("one more mug for 4722", Quantity(1, relative=True)),
        ("4722 马克杯改成3个", Quantity(3)),
        ("麻烦改一下4722的杯子，总共要5个", Quantity(5)),
        ("drop the clock from 4722, my aunt turned out to have a spare one", Quantity(0)),
        ("4722把挂钟剔掉，别的照发", Quantity(0)),
        ("just cancel the clock in 4722, the rest may come", Quantity(0)),
        ("4722里的挂钟不用寄了", Quantity(0)),
        ("4722 再加一个马克杯", Quantity(1, relative=True)),
    ],
)
def test_a_wish_says_how_many(wish, meant):
    assert read_quantity(find_quantity(wish) or "") == meant


def test_a_wish_without_a_number_says_nothing():
    assert find_quantity("I want to change something in order 4722") is None
