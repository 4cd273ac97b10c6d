"""What the demo's supervisor says a message meant, and that it goes with the demo."""

import pytest

from switchboard.demo.demo_corrections import DemoCorrections
from switchboard.demo.demo_office import DemoOffice
from switchboard.demo.demo_script import Step
from switchboard.demo.moving import Timeline, move_conversation
from switchboard.learning.proposal_book import (
    Discovery,
    Evidence,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.shop.replies import Replies
from tests.conftest import DATA
from tests.learning.test_misreadings import NOW, keep, said

NAME = "web:demo-1"


@pytest.fixture
def office(engine, policy):
    return DemoOffice(engine, Replies(DATA / "replies", policy))


def test_she_says_what_was_meant(engine, office):
    keep(engine, NAME, said("hello", "greet", 0), said("where my stuff at", "nlu_fallback", 5))
    assert office.do(NAME, Step("correct", "track_order"))
    (accepted,) = ProposalBook(engine).list(ProposalState.ACCEPTED)
    told = (accepted.subject, accepted.suggestion, accepted.decided_by)
    assert told == ("where my stuff at", "track_order", "demo.ada")
    move_conversation(engine, NAME, Timeline(NOW, NOW - 1000))
    (accepted,) = ProposalBook(engine).list(ProposalState.ACCEPTED)
    assert accepted.evidence[0].at == NOW + 5 - 1000


def test_she_corrects_nothing_that_was_read_right(engine, office):
    keep(engine, NAME, said("where is my order", "track_order", 0))
    assert not office.do(NAME, Step("correct", "track_order"))
    assert not office.do("web:demo-2", Step("correct", "track_order"))
    assert ProposalBook(engine).list(ProposalState.ACCEPTED) == []


def test_it_goes_with_the_demo_and_nothing_else_does(engine):
    def wording(text, *customers):
        pieces = tuple(Evidence(one, NOW, "said again", text) for one in customers)
        return Discovery(ProposalKind.WORDING, text, "en", "track_order", pieces)

    book = ProposalBook(engine)
    book.propose(
        [wording("one", NAME), wording("two", NAME, "telegram:5"), wording("three", "telegram:5")]
    )
    book.accept(next(p.id for p in book.list() if p.subject == "one"), "ada")
    assert DemoCorrections(engine).forget({NAME}) == 1
    assert book.list(ProposalState.ACCEPTED) == []
    assert {p.subject for p in book.list()} == {"two", "three"}
