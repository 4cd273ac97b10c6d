"""Which questions the graph answers, with what, and which it leaves alone."""

import re

import pytest
import yaml

from switchboard.text.language import read_language
from tests.conftest import DATA, TESTS

ROWS = yaml.safe_load((TESTS / "questions" / "two_hops.yml").read_text(encoding="utf-8"))
ASKED = [(language, row) for language in ("en", "zh") for row in ROWS[language]]
ALIKE = [(language, text) for language in ("en", "zh") for text in ROWS["alike"][language]]


def said(finding):
    return " ".join(statement.text for statement in finding.statements)


@pytest.mark.parametrize(("language", "row"), ASKED, ids=lambda value: str(value)[:60])
def test_two_hops_are_answered(answers, language, row):
    finding = answers.find(row["ask"], language, row.get("order", ()))
    assert finding is not None
    assert finding.path
    text = said(finding)
    assert [p for p in row["says"] if not re.search(p, text)] == []
    assert [p for p in row.get("not", ()) if re.search(p, text)] == []


@pytest.mark.parametrize(("language", "text"), ALIKE)
def test_what_only_looks_like_it_is_left_alone(answers, language, text):
    finding = answers.find(text, language)
    assert finding is None or finding.needs_proof


def test_an_order_that_nobody_proved_is_told_nothing_of(answers):
    finding = answers.find("which things of my order can go into the dishwasher?", "en", ())
    assert finding.needs_proof
    assert not finding.statements


def test_the_path_is_every_edge_from_the_thing_to_the_sentence(answers):
    finding = answers.find("can the bread knife go in the dishwasher")
    assert finding.path == (
        "Bread knife —part of→ oak",
        "oak —is→ wood",
        "wood —dishwasher: no→ “Never put wood in the dishwasher or let it soak.”"
        " (en/care-wood#0:2)",
    )
    assert finding.statements[0].text.startswith("No, wood must never go in the dishwasher")
    assert [source.id for source in finding.sources] == ["care-wood#0", "product:TB-106"]


def test_a_yes_or_no_is_said_to_no_contrary_question(answers):
    contrary = answers.find("my husband puts the spice rack in the dishwasher, is that a problem?")
    assert contrary.statements[0].text == "Never put wood in the dishwasher or let it soak."


def test_a_permission_for_the_whole_is_none_for_a_part(answers):
    """The lamp's shade is of linen, which may be tumbled; the lamp may not."""
    assert answers.find("can I put the floor lamp in the tumble dryer") is None


def test_what_is_said_of_a_kind_is_not_said_of_its_material(answers):
    """Stoneware mugs and bowls are safe in the microwave; of the soap dish nobody says so."""
    assert answers.find("is the soap dish safe in the microwave") is None
    assert answers.find("can the soap dish go in the oven") is not None  # of all stoneware


def test_a_question_may_lean_on_the_one_before(answers):
    before = "can the bread knife go in the dishwasher"
    finding = answers.find("and the spice rack?", before=before)
    assert "beech" in said(finding)
    assert "knife" not in said(finding)
    later = answers.find("and in the microwave?", before=before)
    assert later is None


def test_variants_of_an_order_count_as_their_product(answers):
    finding = answers.find("what of my order can go in the dishwasher", "en", ["TB-102-BL"])
    assert "Fit for the dishwasher: Stoneware mug." in said(finding)


def test_the_catalogue_decides_what_goes_back(answers):
    finding = answers.find("which things in my order can't I return", "en", ["GI-602", "LV-304"])
    assert "Can't be returned: Gift card." in said(finding)


def test_where_an_article_answers_it_is_a_source_of_the_graph_too(answers, phrasebook):
    """The articles list how customers ask for them: what the graph answers of that, it answers
    from the same article. None of these questions was written for the graph."""
    from switchboard.knowledge.articles import read_articles

    answered, elsewhere = 0, []
    for language in ("en", "zh"):
        for passage in read_articles(DATA / "articles" / language, phrasebook.policy, language):
            for question in passage.questions:
                finding = answers.find(question, language)
                if finding is None or finding.needs_proof:
                    continue
                answered += 1
                if passage.id not in {source.id for source in finding.sources}:
                    elsewhere.append(question)
    assert answered > 40
    assert len(elsewhere) <= 1, elsewhere


def test_what_nothing_answers_the_graph_does_not_either(answers):
    """One of the questions that a search cannot answer is answered by two hops, rightly."""
    asked = yaml.safe_load((DATA / "questions" / "unanswerable.yml").read_text(encoding="utf-8"))
    texts = [text for listed in asked.values() for text in listed]
    found = {text for text in texts if answers.find(text, read_language(text) or "en") is not None}
    assert found <= {"can the bread knife go in the dishwasher"}


@pytest.mark.parametrize("text", ["", "?" * 600, "dishwasher " * 4000, "洗碗机" * 4000, "\0\ud800"])
def test_any_text_is_read(answers, text):
    answers.find(text)
