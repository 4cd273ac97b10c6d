"""Proposals are written once, gain evidence, are decided once, and go with their grounds."""

import pytest
import sqlalchemy as sa

from switchboard.database.tables import learning_evidence, learning_proposals
from switchboard.files.file_store import FileStore
from switchboard.learning.proposal_book import (
    OF_FILES,
    AlreadyDecided,
    Discovery,
    Evidence,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.privacy.subjects import Subjects, drop_groundless


def wording(text="where is my stuff", meant="track_order", *customers):
    pieces = tuple(Evidence(one, 10.0, "said again", text) for one in customers or ("a",))
    return Discovery(ProposalKind.WORDING, text, "en", meant, pieces)


@pytest.fixture
def book(engine):
    return ProposalBook(engine, lambda: 50.0)


def test_found_again_it_is_the_same_with_more_evidence(book):
    assert book.propose([wording(), wording("when will it be here")]) == 2
    assert book.propose([wording("Where is my stuff?", "track_order", "a", "b")]) == 0
    first, second = book.list()
    assert (first.subject, first.times, second.times) == ("where is my stuff", 2, 1)
    assert {piece.conversation for piece in first.evidence} == {"a", "b"}


def test_one_decision_holds(book):
    book.propose([wording(), wording("stop that")])
    first, second = book.list()
    book.accept(first.id, "ada", suggestion="get_invoice", subject="where is the stuff")
    book.reject(second.id, "ada")
    for act in (book.accept, book.reject):
        with pytest.raises(AlreadyDecided):
            act(first.id, "bob")
    with pytest.raises(AlreadyDecided):
        book.accept(999, "bob")
    (accepted,) = book.list(ProposalState.ACCEPTED)
    assert (accepted.subject, accepted.suggestion) == ("where is the stuff", "get_invoice")
    assert accepted.decided_by == "ada"
    book.propose([wording("where is my stuff", "track_order", "z"), wording("stop that")])
    assert book.list() == []


def test_written_ones_can_be_taken_back(book):
    book.propose([wording()])
    (one,) = book.list()
    book.note_written([one.id])  # not accepted yet
    assert book.get(one.id).state is ProposalState.OPEN
    book.accept(one.id, "ada")
    book.note_written([one.id])
    assert book.get(one.id).state is ProposalState.WRITTEN
    book.note_taken_back([one.id])
    assert book.get(one.id).state is ProposalState.ACCEPTED


def test_without_its_grounds_an_open_one_is_gone(book, engine):
    book.propose([wording(), wording("stop that", "cancel_order", "b")])
    accepted = book.list()[1]
    book.accept(accepted.id, "ada")
    with engine.begin() as db:
        db.execute(sa.delete(learning_evidence))
        assert drop_groundless(db) == 1
    with engine.connect() as db:
        left = db.execute(sa.select(learning_proposals.c.id)).scalars().all()
    assert left == [accepted.id]
    assert book.get(accepted.id).evidence == ()


def test_texts_of_any_length_are_kept_cut(book):
    book.propose([wording("x" * 5000, "y" * 5000)])
    assert len(book.list()[0].subject) == 500


def opposed(first, second="Sale goods stay yours."):
    pieces = (
        Evidence(OF_FILES, 10.0, "contradiction", f"en/a#0:1: {first}", f"en/b#0:1: {second}"),
    )
    return Discovery(ProposalKind.CONTRADICTION, f"{first} — {second}", "en", "returning", pieces)


def test_what_stands_in_files_no_more_is_no_proposal_more(book, engine):
    book.propose([wording()])
    first, second = opposed("Sale goods can go back."), opposed("All goods can go back.")
    third = opposed("Plates can go back.")
    assert book.renew(ProposalKind.CONTRADICTION, [first, second, third]) == 3
    numbers = {one.subject: one.id for one in book.list(kind=ProposalKind.CONTRADICTION)}
    book.reject(numbers[second.subject], "ada")
    assert book.renew(ProposalKind.CONTRADICTION, [first, second]) == 0
    (left,) = book.list(kind=ProposalKind.CONTRADICTION)
    assert (left.id, left.times) == (numbers[first.subject], 1)
    assert left.evidence[0].later == "en/b#0:1: Sale goods stay yours."
    assert book.get(numbers[third.subject]) is None
    assert book.get(numbers[second.subject]).state is ProposalState.REJECTED
    with engine.begin() as db:
        assert drop_groundless(db) == 0
    assert len(book.list(kind=ProposalKind.WORDING)) == 1


def test_a_customer_who_is_erased_takes_no_contradiction_along(book, engine, tmp_path):
    book.propose([wording()])
    book.renew(ProposalKind.CONTRADICTION, [opposed("Sale goods can go back.")])
    Subjects(engine, FileStore(engine, tmp_path)).erase("a")
    (left,) = book.list()
    assert left.kind is ProposalKind.CONTRADICTION


def test_several_are_accepted_but_for_those_that_somebody_decided_on(book):
    book.propose([wording(), wording("stop that"), wording("and now")])
    first, second, third = book.list()
    book.reject(second.id, "bob")
    numbers = [first.id, second.id, third.id, 999]
    assert book.accept_several(numbers, "ada") == [first.id, third.id]
    assert {one.id for one in book.list(ProposalState.ACCEPTED)} == {first.id, third.id}
    assert [one.id for one in book.list(ProposalState.REJECTED)] == [second.id]
