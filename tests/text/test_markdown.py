"""Customers read plain text, whatever an article is written in."""

import pytest

from switchboard.text.markdown import plain_text_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Within 30 days. No marks.", "Within 30 days. No marks."),
        ("**By the day**, or _by the week_.", "By the day, or by the week."),
        ("See [the form](https://shop.example/form).", "See the form (https://shop.example/form)."),
        ("<https://shop.example>", "https://shop.example"),
        ("- one\n- **two**", "- one\n- two"),
        ("1. first\n2. second", "1. first\n2. second"),
        ("First.\n\n> Second.", "First.\n\nSecond."),
        ("![A lamp](lamp.png) in oak", "A lamp in oak"),
        ("| size | price |\n|---|---|\n| S | 5 |", "size: price\nS: 5"),
        ("After {returns_window_days} days: `R-1`", "After {returns_window_days} days: R-1"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("Hello <script>alert(1)</script> you", "Hello you"),
        ("可以**退货**，见[说明](https://shop.example/zh)。", "可以退货，见说明 (https://shop.example/zh)。"),
    ],
)  # fmt: skip
def test_marks_are_gone_and_words_stay(written, read):
    assert " ".join(plain_text_of(written).split(" ")) == read
