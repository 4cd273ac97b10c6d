"""What questions, answers and the shop's files teach; where a shop asks, from who agreed alone."""

import shutil

import pytest
import sqlalchemy as sa

from switchboard.database.tables import open_turns
from switchboard.learning.findings import ENOUGH, find_bad_answers, find_missing
from switchboard.learning.proposal_book import OF_FILES, ProposalBook, ProposalKind
from switchboard.learning.proposing import asks_consent, propose_all
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.welcome.consent_book import ConsentAct, ConsentBook, HeldMessage
from tests.conftest import DATA
from tests.fakes.tickets import ASKED
from tests.overview.rows import ByWords, open_turn

NOW = 1_000_000.0


@pytest.fixture
def ask(engine):
    def do(name, question, outcome="nowhere", passage="", at=NOW):
        row = {**open_turn(name, at, question, outcome), "passage": passage}
        with engine.begin() as db:
            db.execute(sa.insert(open_turns), [row])

    return do


@pytest.fixture
def agree(engine):
    book = ConsentBook(engine)

    def do(name, act):
        book.ask(name, "1", HeldMessage("m", "hello"))
        book.settle(name, "1", act, "m2")

    return do


def missing(engine, ask_consent=False):
    found = find_missing(engine, ByWords(), 0.0, NOW + 10, ask_consent)
    return [(one.kind, one.subject, len(one.evidence)) for one in found]


def test_what_many_ask_is_an_article_and_an_intent(engine, ask):
    for number in range(ENOUGH):
        ask(f"c{number}", "do you sell gift cards", at=NOW - number)
    ask("c9", "who made the lamp", "article", "lamp#0")
    assert missing(engine) == [
        (ProposalKind.ARTICLE, "do you sell gift cards", ENOUGH),
        (ProposalKind.INTENT, "do you sell gift cards", ENOUGH),
    ]


def test_one_customer_who_asks_often_makes_no_intent(engine, ask):
    for number in range(ENOUGH):
        ask("c", "do you sell gift cards", at=NOW - number)
    assert [kind for kind, _, _ in missing(engine)] == [ProposalKind.ARTICLE]


def test_a_ticket_soon_after_an_answer_is_told(engine, ask):
    book = TicketBook(engine, lambda: NOW + 60)
    for name, outcome in (("a", "article"), ("b", "nowhere"), ("c", "article")):
        ask(name, "is the lamp dimmable", outcome, "lamp#0", NOW if name != "c" else NOW - 7200)
        book.open(name, "rest", tell_story([], ASKED, None, False))
    (found,) = find_bad_answers(engine, 0.0, NOW + 10)
    assert (found.kind, found.subject, len(found.evidence)) == (ProposalKind.ANSWER, "lamp#0", 1)


def test_only_who_agreed_teaches(engine, ask, agree):
    for name, act, question in (
        ("a", ConsentAct.GIVEN, "do you sell ladders"),
        ("b", ConsentAct.REFUSED, "who made this lamp"),
    ):
        ask(name, question)
        agree(name, act)
    ask("c", "can I bring my dog")
    assert len(missing(engine)) == 3
    assert missing(engine, True) == [(ProposalKind.ARTICLE, "do you sell ladders", 1)]
    book = TicketBook(engine, lambda: NOW + 60)
    for name in "ab":
        ask(name, "is the lamp dimmable", "article", "lamp#0")
        book.open(name, "rest", tell_story([], ASKED, None, False))
    (found,) = find_bad_answers(engine, 0.0, NOW + 10, True)
    assert [piece.conversation for piece in found.evidence] == ["a"]


@pytest.fixture
def shop(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    return data


def test_a_contradiction_is_proposed_until_it_is_mended(engine, shop):
    article = shop / "articles" / "en" / "student-discount.md"
    whole = article.read_text(encoding="utf-8")
    opposed = "Sale goods can be returned within 14 days of delivery."
    article.write_text(f"{whole.rstrip()}\n{opposed}\n", encoding="utf-8")
    book = ProposalBook(engine)
    assert propose_all(engine, shop, 0.0, NOW) >= 1
    found = book.list(kind=ProposalKind.CONTRADICTION)
    assert any(opposed in one.subject for one in found)
    (piece,) = found[0].evidence
    assert piece.conversation == OF_FILES
    assert "en/student-discount#" in piece.said + piece.later
    assert propose_all(engine, shop, 0.0, NOW + 1) == 0
    article.write_text(whole, encoding="utf-8")
    propose_all(engine, shop, 0.0, NOW + 2)
    assert book.list(kind=ProposalKind.CONTRADICTION) == []


def test_the_policy_tells_whether_to_ask(shop):
    assert not asks_consent(shop)
    policy = shop / "policy.yml"
    policy.write_text(policy.read_text(encoding="utf-8") + "\nconsent:\n  required: true\n")
    assert asks_consent(shop)
