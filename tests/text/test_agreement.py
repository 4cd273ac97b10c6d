"""What is a yes in many words, and what only looks like one."""

from __future__ import annotations

import pytest

from switchboard.text.agreement import agrees_in_many_words

FEE = "I would cancel order 4711. A fee of €5.00 is kept back. Shall I?"
ZH_FEE = "我将取消订单 4711，需扣 €5.00。确认取消吗？"


@pytest.mark.parametrize(
    "text",
    [
        "Certainly, my good man, and thank you for the trouble",
        "no objection from me, please cancel it",
        "yes, take the 5 and cancel it please",
        "Aye, five is all right, go ahead",
        "麻烦您帮我取消掉，五欧我认",
        "行吧，扣五块就五块，取消",
        "已看清楚，同意，请照此办理",
    ],
)
def test_a_yes_in_many_words(text):
    assert agrees_in_many_words(text, "cancel", FEE + ZH_FEE)


@pytest.mark.parametrize(
    "text",
    [
        "dnt cancel it",
        "forget it, that is fine as it is",
        "yes, and take the 10 off as well",
        "cancel the vase too",
        "ok, return it then",
        "you cancelled it already",
        "fine, but is it free",
        "你好啊",
        "好难选啊",
        "对了，运费",
        "取消，然后把券还我",
        "别取消",
        "",
    ],
)
def test_what_only_looks_like_one(text):
    assert not agrees_in_many_words(text, "cancel", FEE + ZH_FEE)
