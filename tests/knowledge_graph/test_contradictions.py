"""Contradictions that were planted are found, and nothing is where nothing was planted."""

import dataclasses
import shutil

import pytest
import yaml

from switchboard.answering.facts import read_facts
from switchboard.knowledge_graph.contradictions import ContradictionFinder
from switchboard.knowledge_graph.graph_building import build_graph
from switchboard.shop.catalogue import Catalogue
from tests.conftest import DATA, TESTS

PLANTED = yaml.safe_load((TESTS / "knowledge_graph" / "planted.yml").read_text(encoding="utf-8"))
WRONG = [row for half in PLANTED.values() for row in half["wrong"]]
RIGHT = [row for half in PLANTED.values() for row in half["right"]]


def quantities(text):
    return {(fact.value, fact.unit) for fact in read_facts(text)}


@pytest.fixture
def found_in(lexicon, policy, catalogue, kept):
    def find(articles, catalogue=catalogue):
        graph = build_graph(lexicon, catalogue, policy, articles, kept=kept)
        return ContradictionFinder(graph, lexicon, policy, catalogue, quantities).find()

    return find


@pytest.fixture(scope="session")
def articles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop") / "articles"
    shutil.copytree(DATA / "articles", folder)
    return folder


@pytest.fixture
def plant(articles):
    undo = []

    def add(name, sentence):
        path = articles / f"{name}.md"
        before = path.read_text(encoding="utf-8")
        undo.append((path, before))
        path.write_text(f"{before.rstrip()}\n{sentence}\n", encoding="utf-8")

    yield add
    for path, before in reversed(undo):
        path.write_text(before, encoding="utf-8")


def test_the_shop_does_not_contradict_itself(found_in):
    assert found_in(DATA / "articles") == []


def test_both_sentences_are_shown(found_in, plant, articles):
    plant("en/student-discount", "Sale goods can be returned within 14 days of delivery.")
    (one,) = found_in(articles)
    assert one.first.startswith("You can send goods back within 30 days")
    assert one.first_place == "en/returns#0:1, policy.yml returns_window_days: 30"
    assert one.second == "Sale goods can be returned within 14 days of delivery."
    assert one.second_place.startswith("en/student-discount#0")


def test_a_product_that_the_catalogue_takes_back_and_the_articles_do_not(found_in, catalogue):
    entries = [
        dataclasses.replace(entry, returnable=True) if entry.sku == "GI-601" else entry
        for entry in catalogue.entries
    ]
    found = found_in(DATA / "articles", Catalogue(tuple(entries)))
    assert {one.first_place for one in found} == {"catalogue.yml GI-601"}


@pytest.mark.parametrize(("name", "sentence"), WRONG)
def test_planted_ones_are_found(found_in, plant, articles, name, sentence):
    plant(name, sentence)
    assert any(sentence in (one.first, one.second) for one in found_in(articles))


@pytest.mark.parametrize(("name", "sentence"), RIGHT)
def test_what_agrees_is_none(found_in, plant, articles, name, sentence):
    plant(name, sentence)
    assert found_in(articles) == []
