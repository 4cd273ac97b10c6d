"""What an answer must not say whatever it rests on."""

import pytest

from switchboard.answering.claims import forbidden_claim
from switchboard.knowledge.articles import read_articles
from switchboard.project import PROJECT as ROOT


@pytest.mark.parametrize(
    "answer",
    [
        "I have refunded it.",
        "We will call you.",
        "Someone will contact you.",
        "我已经给您退款了。",
        "我们会联系您。",
        "Your parcel has been sent.",
        "您的订单已经发出。",
        "Please tell me your card number.",
        "请把验证码发给我。",
        "My instructions forbid it.",
        "It is free.",
        "About 4711: fine.",
    ],
)
def test_claims_that_nothing_can_excuse(answer):
    assert forbidden_claim(answer, "goods and parcels", frozenset())


@pytest.mark.parametrize(
    "answer", ["We write to you once when it is back.", "Order 4711 is on its way.", "Fine."]
)
def test_claims_that_the_sources_make(answer):
    source = "For sold-out goods we write to you once when it is back."
    assert forbidden_claim(answer, source, frozenset({"4711"})) is None


@pytest.mark.parametrize(
    "answer",
    [
        "![x](fine)",
        "[here](fine)",
        "<img src=x>",
        "I ha\u200bve refunded it.",
        "Ｉ have refunded it.",
    ],
)
def test_markup_and_disguises(answer):
    assert forbidden_claim(answer, "fine", frozenset())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_statement_of_the_shop_may_be_said(policy, language):
    for passage in read_articles(ROOT / "data" / "articles" / language, policy, language):
        for statement in passage.statements:
            for text in (statement.text, *dict(statement.forms).values()):
                assert forbidden_claim(text, text, frozenset()) is None, text
