"""Which messages count as read right: a candidate must not be blamed for reading better."""

import pytest

from switchboard.conversations.turn_result import Result
from switchboard.learning.comparison import Reading
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.held_out import confirmed
from switchboard.learning.proposal_book import Discovery, Evidence, ProposalBook, ProposalKind
from tests.learning.test_misreadings import NOW, keep, said

WISH = "where is my stuff"
RIGHT = [Reading(WISH, "track_order")]


def read_right(engine, data, decided=()):
    return confirmed(read_heard(engine, 0.0, NOW + 10_000, False), data, decided, 100)


@pytest.mark.parametrize(
    ("wish", "later", "right"),
    [
        ({}, ("thanks", "thank", 60), RIGHT),
        ({"form": "order_form", "result": Result.ASKING}, ("4711", "inform", 60), RIGHT),
        ({}, None, []),  # who is misread may leave as well
        ({}, ("thanks", "thank", 3600), []),
        ({}, ("has the parcel left yet", "delivery_period", 60), []),
        ({"form": "order_form", "result": Result.ASKING}, ("thanks", "thank", 60), []),
        ({"result": Result.FAILED}, ("thanks", "thank", 60), []),
    ],
)
def test_what_a_customer_shows(engine, tmp_path, wish, later, right):
    turns = [said(WISH, "track_order", 0, **wish)]
    if later:
        turns.append(said(*later))
    keep(engine, "a", *turns)
    assert read_right(engine, tmp_path) == right


def test_what_a_person_decided_on_is_told_by_that(engine, tmp_path):
    keep(engine, "a", said(WISH, "track_order", 0), said("thanks", "thank", 60))
    book = ProposalBook(engine)
    evidence = (Evidence("a", NOW, "corrected", WISH),)
    book.correct(Discovery(ProposalKind.WORDING, WISH, "en", "track_refund", evidence), "ada")
    assert read_right(engine, tmp_path, [book.get(1)]) == []


def test_what_it_is_trained_on_shows_nothing(engine, tmp_path):
    (tmp_path / "nlu").mkdir()
    lines = f'version: "3.1"\nnlu:\n- intent: track_order\n  examples: |\n    - {WISH}\n'
    (tmp_path / "nlu" / "learned.yml").write_text(lines)
    keep(engine, "a", said(WISH, "track_order", 0), said("thanks", "thank", 60))
    assert read_right(engine, tmp_path) == []
