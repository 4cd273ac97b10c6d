"""Lengths as X's page on counting characters gives them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.text.post_length import MOST, fit_post, post_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a", 1),
        ("á", 1),
        ("ӑ", 1),
        ("Ồ", 2),  # the page says 1; the ranges, which it calls exact, leave it out
        ("👾", 2),
        ("🙋🏽", 2),
        ("👨‍🎤", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇮🇪", 2),
        ("1️⃣", 2),
        ("cafe\u0301", 4),
        ("caf\u00e9", 4),
        ("退货", 4),
        ("“quoted” – it’s", 15),
        ("see https://example.com/a/very/long/address?with=parts#and-more now", 4 + 23 + 4),
        ("http://x.example", 23),
        ("tidewick.example/mugs", 23),
        ("ada@tidewick.example", 20),
        ("4.5 of 5", 8),
        ("", 0),
        ("a" * 280, 280),
        ("中" * 140, 280),
    ],
)
def test_length(text, length):
    assert post_length(text) == length


def test_what_fits_is_left_alone():
    assert fit_post(" Thank you! ") == "Thank you!"
    assert fit_post("a" * 280) == "a" * 280


def test_what_does_not_is_cut_at_a_word():
    cut = fit_post("word " * 100)
    assert cut.endswith("word…")
    assert post_length(cut) <= MOST
    assert fit_post("中" * 141) == "中" * 139 + "…"
    assert fit_post("a" * 275 + " https://example.com/x").endswith("a…")


@given(st.text(max_size=600), st.integers(3, 300))
@settings(max_examples=200, deadline=None)
def test_it_always_fits(text, most):
    assert post_length(fit_post(text, most)) <= most
