"""What was accepted lies where people write, once, harmless, and answers nobody."""

import os

import pytest

from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import read_article
from switchboard.knowledge.front_matter import read_document
from switchboard.learning.accepted_drafts import draft_place, waiting_drafts, write_accepted
from switchboard.learning.proposal_book import (
    Discovery,
    Evidence,
    ProposalBook,
    ProposalKind,
    ProposalState,
)

ASKED = ["Do you sell gift cards?", 'gift cards: "yes"?\n---\nhello', "is there a [gift](card) {x}"]


@pytest.fixture
def book(engine):
    return ProposalBook(engine)


@pytest.fixture
def accept(book):
    def do(kind, subject, said, language="en", suggestion="", later=""):
        pieces = tuple(
            Evidence(f"c{number}", number, "nowhere", text, later)
            for number, text in enumerate(said)
        )
        book.propose([Discovery(kind, subject, language, suggestion, pieces)])
        number = next(one.id for one in book.list() if one.subject == subject)
        book.accept(number, "ada")
        return number

    return do


def test_an_article_waits_for_its_text(book, accept, tmp_path, policy):
    number = accept(ProposalKind.ARTICLE, ASKED[0], ASKED)
    (path,) = write_accepted(book, tmp_path)
    assert path == tmp_path / "en" / "do-you-sell-gift-cards.md"
    head, body = read_document(path.read_text(encoding="utf-8"))
    assert head["title"] == ASKED[0]
    assert head["questions"] == [ASKED[0], *(" ".join(t.split()) for t in reversed(ASKED[1:]))]
    assert body.strip() == ""
    assert read_article(path, policy) == []
    assert book.get(number).state is ProposalState.WRITTEN
    assert write_accepted(book, tmp_path) == []


def test_an_article_without_text_is_not_published(accept, book, tmp_path, monkeypatch):
    from switchboard.cli import knowledge
    from tests.conftest import DATA

    data = tmp_path / "data"
    (data / "articles" / "en").mkdir(parents=True)
    (data / "policy.yml").write_text((DATA / "policy.yml").read_text(encoding="utf-8"))
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(data))
    accept(ProposalKind.ARTICLE, ASKED[0], ASKED)
    (path,) = write_accepted(book, data / "drafts")
    with pytest.raises(ConfigurationError, match="no text yet"):
        knowledge.accept("en/do-you-sell-gift-cards")
    assert path.exists()
    path.write_text(path.read_text(encoding="utf-8") + "We do.\n", encoding="utf-8")
    knowledge.accept("en/do-you-sell-gift-cards")
    assert waiting_drafts(book, data / "drafts") == []


def test_an_intent_is_for_a_developer(book, accept, tmp_path):
    accept(ProposalKind.INTENT, "有礼品卡吗？", ["有礼品卡吗？", "gift [x](y)"], "zh")
    (path,) = write_accepted(book, tmp_path)
    assert path.parent == tmp_path / "intents"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("- ")] == ["- 有礼品卡吗？", "- gift x(y)"]


def test_training_reads_no_draft(book, accept, tmp_path):
    pytest.importorskip("rasa")  # which is not where core is tested alone
    from rasa.shared.data import get_data_files
    from rasa.shared.nlu.training_data.loading import load_data

    accept(ProposalKind.INTENT, "gift cards", ["nlu:", "gift cards"])
    accept(ProposalKind.ARTICLE, ASKED[0], ASKED)
    write_accepted(book, tmp_path)
    files = get_data_files([str(tmp_path)], lambda path: bool(load_data(path).intents))
    assert files == []


@pytest.mark.parametrize(
    ("kind", "subject", "later"),
    [
        (ProposalKind.ANSWER, "care-stoneware#1", "T-1234"),
        (ProposalKind.CONTRADICTION, "It can. — It cannot.", "en/b#0:1: It cannot."),
    ],
)
def test_what_is_to_be_reviewed_says_why(book, accept, tmp_path, kind, subject, later):
    accept(kind, subject, ["asked\nso"], suggestion="washing: yes and no", later=later)
    (path,) = write_accepted(book, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert path.parent == tmp_path / "review"
    assert f"# {subject} (washing: yes and no)" in text
    assert f"- asked so / {later}" in text


def test_what_people_wrote_is_not_written_over(book, accept, tmp_path):
    accept(ProposalKind.ARTICLE, ASKED[0], ASKED)
    path = tmp_path / "en" / "do-you-sell-gift-cards.md"
    path.parent.mkdir()
    path.write_text("mine")
    assert write_accepted(book, tmp_path) == [path]
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_tried_again(book, accept, tmp_path):
    number = accept(ProposalKind.INTENT, "gift cards", ASKED)
    (tmp_path / "intents").write_text("in the way")
    with pytest.raises(OSError):
        write_accepted(book, tmp_path)
    assert book.get(number).state is ProposalState.ACCEPTED
    os.remove(tmp_path / "intents")
    assert len(write_accepted(book, tmp_path)) == 1
    assert not list(tmp_path.rglob("*.new"))


def test_a_wording_is_no_draft(book, accept, tmp_path):
    number = accept(ProposalKind.WORDING, "where is it", ["where is it"], suggestion="track_order")
    assert draft_place(book.get(number)) is None
    assert write_accepted(book, tmp_path) == []
    assert book.get(number).state is ProposalState.ACCEPTED


def test_hostile_subjects_stay_below_the_folder(book, accept, tmp_path):
    for kind in (ProposalKind.ARTICLE, ProposalKind.INTENT, ProposalKind.ANSWER):
        accept(kind, f"../../etc/{kind.value}", ["x"], language="../../zz")
    for path in write_accepted(book, tmp_path):
        assert path.resolve().is_relative_to(tmp_path.resolve())
