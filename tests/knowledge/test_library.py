"""Which language's articles answer, with indexes that say what they are told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.certainty import ENOUGH
from switchboard.knowledge.index import Hit
from switchboard.knowledge.library import Library, LiveLibrary
from switchboard.knowledge.terms import Rarity

ARTICLE = "---\ntitle: {0}\ntopics: [{0}]\nupdated: 2026-11-01\n---\n{1}\n"


class Index:
    """Finds one passage of its language, as well as it is told."""

    rarity = Rarity([])

    def __init__(self, language, score):
        passage = Passage(f"{language}#0", "t", "", (), "x", date(2026, 11, 1), language)
        self.asked = 0
        self.hits = [] if score is None else [Hit(passage, score, score)]

    def search(self, question, limit=3):
        self.asked += 1
        return self.hits


class AsScored:
    """Is as sure as the score."""

    def judged(self, question, hits, rarity):
        return [replace(hit, sure=hit.score) for hit in hits]


def found(language="en", **scores):
    library = Library({code: Index(code, score) for code, score in scores.items()}, AsScored())
    return [hit.passage.language for hit in library.search("?", 3, language)]


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (ENOUGH, 0.99, "zh"),  # sure enough, one's own language answers
        (0.49, 0.60, "en"),  # both know something: 0.11 is more than a shade
        (0.49, 0.58, "zh"),  # a shade better is not worth another language
        (0.49, 0.30, "zh"),
        (None, 0.30, "en"),
        (0.49, None, "zh"),
    ],
)
def test_another_language_answers_where_it_clearly_knows_more(own, other, expected):
    assert found("zh", zh=own, en=other) == [expected]


def test_nobody_knows():
    assert found("zh", zh=None, en=None) == []
    assert found("zh") == []


def test_a_third_language_is_looked_up_in_english():
    assert found("fr", zh=0.9, en=0.7) == ["en"]
    assert found("fr", zh=0.9, en=0.2) == ["zh"]


def test_each_language_is_searched_once_and_others_only_in_need():
    fits, misses = Index("en", 0.9), Index("en", 0.1)
    other = Index("zh", 0.1)
    Library({"en": fits, "zh": other}, AsScored()).search("?")
    assert (fits.asked, other.asked) == (1, 0)
    Library({"en": misses, "zh": other}, AsScored()).search("?")
    assert (misses.asked, other.asked) == (1, 1)


@pytest.fixture
def folder(tmp_path):
    for code, text in (("en", "It is a mug."), ("zh", "这是杯子。")):
        (tmp_path / code).mkdir()
        (tmp_path / code / "mug.md").write_text(ARTICLE.format("Mug", text), encoding="utf-8")
    return tmp_path


@pytest.fixture
def made():
    return []


@pytest.fixture
def library(folder, policy, made):
    def make(code, passages):
        made.append(code)
        return Index(code, 0.9)

    return LiveLibrary(folder, policy, make, AsScored())


def test_a_passage_is_found_in_the_language_asked_for_or_else_in_any(library, folder):
    assert library.find("mug#0", "zh").text == "这是杯子。"
    assert library.find("mug#0", "en").text == "It is a mug."
    assert library.find("mug#0", "fr").text == "It is a mug."
    assert library.find("cup#0", "en") is None
    (folder / "en" / "mug.md").unlink()
    library.refresh()
    assert library.find("mug#0", "en").text == "这是杯子。"


def test_only_the_languages_that_a_change_concerns_are_indexed_again(library, folder, made):
    assert sorted(made) == ["en", "zh"]
    alone = folder / "zh" / "cup.md"
    alone.write_text(ARTICLE.format("Cup", "这是茶杯。"), encoding="utf-8")
    library.refresh()
    assert sorted(made) == ["en", "zh", "zh"]
    library.refresh()
    assert len(made) == 3
    # The same article in English is found by the words of the Chinese one too.
    (folder / "zh" / "mug.md").write_text(ARTICLE.format("Mug", "这是大杯子。"), encoding="utf-8")
    library.refresh()
    assert sorted(made) == ["en", "en", "zh", "zh", "zh"]
    twin = library.find("mug#0", "en").twin
    assert any("大杯子" in key for key in twin)


def test_a_language_that_was_taken_away_answers_no_more(library, folder):
    assert library.search("?", 3, "zh")[0].passage.language == "zh"
    (folder / "zh" / "mug.md").unlink()
    (folder / "zh").rmdir()
    library.refresh()
    assert library.search("?", 3, "zh")[0].passage.language == "en"
    assert {passage.language for passage in library.passages()} == {"en"}
