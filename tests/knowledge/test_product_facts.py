"""What the catalogue tells of a product, and which questions are about that."""

import pytest

from switchboard.knowledge.product_facts import ProductFacts, is_product


@pytest.fixture(scope="module")
def facts(phrasebook):
    return ProductFacts(phrasebook)


@pytest.mark.parametrize(
    ("question", "language", "sku", "told"),
    [
        ("how much is the bread knife", "en", "TB-106", "Price of Bread knife: €39.00."),
        ("how many litres does the kettle hold", "en", "KI-202", "1.8 litres"),
        ("what is the soap dish made of", "en", "BA-503", "stoneware"),
        ("do the bath towels come in grey", "en", "BA-501", "grey (€21.90)"),
        ("is the green mug in stock", "en", "TB-102", "sold out at present: green, small"),
        ("is the clock big enough to read across a room", "en", "LV-305", "30 cm across"),
        ("面包刀多少钱", "zh", "TB-106", "面包刀的价格是 €39.00。"),
        ("烧水壶能装多少升", "zh", "KI-202", "1.8 升"),
        ("羊毛毯多大", "zh", "LV-301", "130×180 厘米"),
    ],
)
def test_the_catalogue_answers(facts, question, language, sku, told):
    answer = facts.asked(question, language)
    assert answer.passage.id == f"product:{sku}"
    assert is_product(answer.passage)
    assert told in answer.passage.text


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("how heavy is the floor lamp", "en"),
        ("what colours does the wool throw come in", "en"),
        ("落地灯有多重", "zh"),
        ("被套有没有灰色的", "zh"),
    ],
)
def test_what_the_catalogue_does_not_tell_nothing_else_tells(facts, question, language):
    assert facts.asked(question, language).passage is None


@pytest.mark.parametrize(
    "question",
    [
        "how do I wash the wool throw",
        "does the floor lamp come with a bulb",
        "what size parcel can you send",
        "can I exchange the duvet cover for a bigger size",
        "how much is left on my gift card",
        "how much is delivery",
        "台灯的线有多长",
        "",
        "how big is the " + "very " * 5000 + "lamp",
    ],
)
def test_other_questions_are_not_its_business(facts, question):
    assert facts.asked(question, "zh" if "灯" in question else "en") is None


def test_all_of_a_product(facts, catalogue):
    for product in catalogue.entries:
        for language in ("en", "zh"):
            passage = facts.passage(product.sku, language)
            assert passage.statements
            assert all("{" not in statement.text for statement in passage.statements)
    assert facts.passage("XX-1", "en") is None
