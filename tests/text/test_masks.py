"""What classifiers see in place of numbers, names and products."""

from __future__ import annotations

import pytest

from switchboard.text.masks import mask, name_no_products


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("My name is Ida Brandt and I want a refund", "My name is Sam and I want a refund"),
        ("this is Ida from Leeds, where is my order", "this is Sam from Leeds, where is my order"),
        ("please ask Mrs. Oyelaran", "please ask Mrs. Sam"),
        ("where is it? Kind regards, Ida Brandt", "where is it?"),
        ("Please cancel it.\nThanks,\nTom", "Please cancel it."),
        ("我叫王小明，我要退货", "我叫小李，我要退货"),
        ("收货人：李雷 电话13812345678", "收货人：小李 电话4711"),
        # Nothing but a signature, or no name at all, is left as it is.
        ("Thanks, Tom", "Thanks, Tom"),
        ("my name is wrong on the invoice", "my name is wrong on the invoice"),
        ("thanks, bye", "thanks, bye"),
    ],
)
def test_a_name_has_one_form(said, seen):
    assert mask(said) == seen


def test_a_product_has_one_form():
    said = "swap the wool throw for the desk lamp"
    assert name_no_products(said, [(9, 19), (28, 37)]) == "swap the item for the item"
    assert name_no_products("我的台灯呢", [(2, 4)]) == "我的商品呢"
