"""`switchboard learn`: several proposals are decided on at once."""

from dataclasses import replace

import pytest

from switchboard.cli.app import run
from switchboard.database.connection import open_database
from switchboard.learning.proposal_book import ProposalBook, ProposalKind, ProposalState
from tests.learning.test_proposal_book import wording


@pytest.fixture
def book(empty_database, tmp_path, monkeypatch):
    path = tmp_path / "switchboard.db"
    path.write_bytes(empty_database.read_bytes())
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{path}")
    engine = open_database(f"sqlite:///{path}")
    found = ProposalBook(engine)
    article = replace(wording("do you rent out plates", ""), kind=ProposalKind.ARTICLE)
    found.propose([wording(), wording("when here"), wording("what now"), article])
    yield found
    engine.dispose()


def states(book, state=ProposalState.ACCEPTED):
    return [one.id for one in book.list(state)]


def test_by_their_numbers(book, capsys):
    assert run(["learn", "accept", "1", "3"]) == 0
    assert capsys.readouterr().out == "2 accepted\n"
    assert run(["learn", "accept", "2", "3"]) == 1
    assert "not open: 3" in capsys.readouterr().err
    assert states(book) == [1, 2, 3]


def test_all_of_a_kind_that_nobody_turned_down(book, capsys):
    assert run(["learn", "reject", "2", "4"]) == 0
    assert run(["learn", "accept", "--all", "--kind", "wording"]) == 0
    assert capsys.readouterr().out == "2 accepted\n"
    assert states(book) == [1, 3]
    assert states(book, ProposalState.REJECTED) == [2, 4]


def test_one_is_corrected(book):
    assert run(["learn", "accept", "2", "--as", "get_invoice", "--text", "the bill"]) == 0
    (accepted,) = book.list(ProposalState.ACCEPTED)
    assert (accepted.suggestion, accepted.subject) == ("get_invoice", "the bill")
    assert run(["learn", "accept", "2", "--as", "get_invoice"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["1", "--all"],
        ["1", "--kind", "wording"],
        ["1", "2", "--as", "x"],
        ["--all", "--as", "x"],
    ],
)
def test_what_is_not_clear_decides_nothing(book, words):
    assert run(["learn", "accept", *words]) == 2
    assert len(book.list()) == 4
