"""Statements of articles: cut, with their forms, and able to stand alone."""

from datetime import date

import pytest

from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import Passage, read_articles
from switchboard.knowledge.checking import check_passages
from switchboard.knowledge.statements import FORMS, Statement, read_statements
from switchboard.project import PROJECT as ROOT


def test_a_text_is_cut_into_sentences_with_their_forms():
    text = """Mugs are **safe** in the dishwasher.
<!-- yes: Yes, mugs are safe there. --><!-- short: Dishwasher: yes. -->
Bowls cost €4.90 each. [Lamps](https://shop.example/lamps) too."""
    first, second, third = read_statements(text)
    assert first.text == "Mugs are safe in the dishwasher."
    assert first.said("yes") == "Yes, mugs are safe there."
    assert first.said("short") == "Dishwasher: yes."
    assert first.said("no") == first.text
    assert (second.text, second.forms) == ("Bowls cost €4.90 each.", ())
    assert third.text == "Lamps (https://shop.example/lamps) too."


def test_items_of_a_list_are_statements_too():
    items = read_statements("We take:\n\n- cards\n- PayPal\n")
    assert [(item.text, item.listed) for item in items] == [
        ("We take:", False),
        ("cards", True),
        ("PayPal", True),
    ]


@pytest.mark.parametrize("text", ["<!-- yes: Yes. -->", "Fine.\n<!-- loud: FINE -->"])
def test_a_form_needs_a_name_and_a_sentence(text):
    with pytest.raises(ConfigurationError):
        read_statements(text)


def test_any_other_comment_is_left_out():
    assert read_statements("Fine. <!-- to do -->") == (Statement("Fine."),)


def found(text, language="en", listed=False, title="Returns"):
    statement = Statement(text, (), listed)
    passage = Passage("x#0", title, "", (), text, date(2026, 11, 1), language, (), (statement,))
    return [finding.why for finding in check_passages([passage])]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It takes three days.", "en"),
        ("They can't be returned.", "en"),
        ("This is free.", "en"),
        ("After that, the carrier may redirect the parcel.", "en"),
        ("Until then the old address stays.", "en"),
        ("Otherwise we refund the order.", "en"),
        ("Also, bulbs are included.", "en"),
        ("If it costs more, you pay the difference.", "en"),
        ("The first is taken when the order leaves.", "en"),
        ("Yes, it is.", "en"),
        ("We accept the following ways of paying:", "en"),
        ("x" * 400, "en"),
        ("它需要三天。", "zh"),
        ("届时订单会自动取消。", "zh"),
        ("之后会收费。", "zh"),
        ("其余都可以回收。", "zh"),
        ("需要三天。", "zh"),
        ("可以，这个能放洗碗机。", "zh"),
    ],
)
def test_what_cannot_stand_alone_is_found(text, language):
    assert found(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Express delivery takes three days.", "en"),
        ("A new e-mail address has to be confirmed by the link that we send to it.", "en"),
        ("There is no student discount.", "en"),
        ("Yes, mugs are safe in the dishwasher.", "en"),
        ("加急配送需要三天。", "zh"),
        ("可以，杯子能放洗碗机。", "zh"),
        ("您可以在聊天里取消订单。", "zh"),
    ],
)
def test_what_can_is_not(text, language):
    assert found(text, language) == []


def test_an_item_of_a_list_has_lost_its_head():
    assert found("cards", listed=True) == ["an item of a list that has lost its head"]
    assert found("We take cards, PayPal and bank transfers of any bank.", listed=True) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shops_own_articles_are_made_of_such_statements(policy, language):
    passages = read_articles(ROOT / "data" / "articles" / language, policy, language)
    assert [finding.statement.text for finding in check_passages(passages)] == []
    assert sum(len(passage.statements) for passage in passages) > 150
    named = {name for p in passages for s in p.statements for name, _ in s.forms}
    assert {"yes", "no", "short"} <= named <= set(FORMS)
