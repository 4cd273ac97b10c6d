"""Statements on offer, and the text of those that were chosen."""

from datetime import date

import pytest

from switchboard.answering.offer import OnOffer, Phrases, composed, sources_of
from switchboard.answering.reply import Kind, ModelReply
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement

DAY = date(2026, 11, 1)
PHRASES = Phrases(
    {
        "openings": {"sorry": {"en": "Sorry.", "zh": "抱歉。"}},
        "closings": {"person": {"en": "Ask for a person.", "zh": "可以转人工。"}},
        "in_english": {"fr": {"line": "En anglais :"}},
    }
)


def passage(name, *statements):
    return Passage(f"{name}#0", name, "", (), "", DAY, statements=statements)


SHOP = passage(
    "shop",
    Statement("We are online only.", (("no", "No, we are online only."),)),
    Statement("We are open on Monday.", (("short", "Mondays."), ("no", "No."))),
)
CARE = passage("care", Statement("Wash it by hand."))
OFFER = OnOffer((SHOP, CARE), {"4711": ["Order 4711 is packed."]})


def said(*numbers, language="en", **more):
    return composed(ModelReply(Kind.ANSWER, **more), OFFER.chosen(numbers), PHRASES, language)


def test_statements_have_one_count():
    texts = [offered.statement.text for offered in OFFER.statements]
    assert texts[2:] == ["Wash it by hand.", "Order 4711 is packed."]
    assert [offered.order for offered in OFFER.statements] == ["", "", "", "4711"]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((2, 1), "We are online only. We are open on Monday."),
        ((3, 2, 1), "Wash it by hand. We are online only. We are open on Monday."),
        ((4, 1), "Order 4711 is packed. We are online only."),
    ],
)
def test_a_text_is_told_in_its_order_and_the_one_named_first_comes_first(numbers, expected):
    assert said(*numbers) == expected


def test_forms_are_the_shops_and_a_yes_or_no_is_said_once():
    assert said(1, 2, form="short") == "We are online only. Mondays."
    assert said(1, 2, form="no") == "No, we are online only. We are open on Monday."
    assert said(3, form="yes") == "Wash it by hand."


def test_the_shops_phrases_stand_around():
    assert said(3, opening="sorry", closing="person") == "Sorry. Wash it by hand. Ask for a person."
    assert said(3, opening="unknown") == "Wash it by hand."
    assert said(3, language="zh", opening="sorry") == "抱歉。Wash it by hand."


def test_another_language_reads_english_after_a_line_of_its_own():
    assert said(3, language="fr", opening="sorry") == "En anglais :\nSorry. Wash it by hand."
    assert said(3, language="xx") == "Wash it by hand."


def test_sources_are_the_passages_once():
    assert sources_of(OFFER.chosen((1, 2, 3, 4))) == (SHOP, CARE)
