"""What is on record of consent and of the notice."""

import pytest
import sqlalchemy as sa

from switchboard.database.tables import consents, held_messages
from switchboard.errors import ConfigurationError
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_kinds import NewsKind
from switchboard.shop.policy import Policy
from switchboard.welcome.consent_book import MOST_HELD, ConsentAct, ConsentBook, HeldMessage
from switchboard.welcome.first_words import FirstWords, read_first_words
from switchboard.welcome.notice_book import NoticeBook
from tests.fakes.clock import Clock

MAYA, TOM = "telegram:1", "telegram:2"


@pytest.fixture
def clock():
    return Clock(2_000_000_000.0)


@pytest.fixture
def book(engine, clock):
    return ConsentBook(engine, clock)


def rows(engine, table):
    with engine.connect() as db:
        return [dict(row) for row in db.execute(sa.select(table)).mappings()]


def test_what_waits_comes_back_whole_once_and_in_order(engine, book):
    first = HeldMessage("m1", "where is 4711?", {"attachments": [{"kind": "image", "url": "x"}]})
    for message in (first, HeldMessage("m2", "hello?"), first):
        book.ask(MAYA, "1", message)
    book.ask(TOM, "1", HeldMessage("m1", "hi"))
    assert book.held(MAYA) == [first, HeldMessage("m2", "hello?")]
    assert [row["act"] for row in rows(engine, consents)] == ["asked", "asked"]


def test_each_act_is_on_record_with_its_time_and_version(engine, book, clock):
    book.ask(MAYA, "1", HeldMessage("m1", "hi"))
    for act in (ConsentAct.GIVEN, ConsentAct.WITHDRAWN):
        clock.now += 60
        book.settle(MAYA, "1", act, f"id of {act.value}")
    assert [(row["act"], row["at"], row["version"]) for row in rows(engine, consents)] == [
        ("asked", 2_000_000_000.0, "1"),
        ("given", 2_000_000_060.0, "1"),
        ("withdrawn", 2_000_000_120.0, "1"),
    ]
    standing = book.standing(MAYA)
    assert (standing.act, standing.message_id) == (ConsentAct.WITHDRAWN, "id of withdrawn")
    assert book.standing(TOM).act is None


@pytest.mark.parametrize("act", [ConsentAct.REFUSED, ConsentAct.WITHDRAWN])
def test_without_consent_nothing_goes_on_waiting(engine, book, act):
    book.ask(MAYA, "1", HeldMessage("m1", "my secret"))
    book.ask(TOM, "1", HeldMessage("m1", "hi"))
    book.settle(MAYA, "1", act, "m2")
    assert [row["conversation_id"] for row in rows(engine, held_messages)] == [TOM]


def test_what_was_agreed_to_waits_until_it_is_answered(book):
    book.ask(MAYA, "1", HeldMessage("m1", "hi"))
    book.settle(MAYA, "1", ConsentAct.GIVEN, "m2")
    assert book.held(MAYA)
    book.let_go(MAYA)
    assert book.held(MAYA) == []


def test_a_stranger_fills_no_table(book):
    for number in range(MOST_HELD + 5):
        book.ask(MAYA, "1", HeldMessage(f"m{number}", "x" * 50_000))
    assert len(book.held(MAYA)) == MOST_HELD
    assert max(len(message.text) for message in book.held(MAYA)) == 10_000


def test_the_question_tells_of_the_machine_so_the_notice_was_shown(engine, book):
    notices = NoticeBook(engine)
    book.ask(MAYA, "1", HeldMessage("m1", "hi"))
    assert notices.shown(MAYA, "1")
    assert not notices.shown(MAYA, "2")
    assert not notices.shown(TOM, "1")


def test_a_shop_that_says_nothing_asks_nobody():
    assert read_first_words(Policy({})) == FirstWords("1", False, False)
    told = {"first_words": {"version": 3}, "consent": {"required": True}}
    assert read_first_words(Policy(told)) == FirstWords("3", True, False)


@pytest.mark.parametrize(
    "raw",
    [
        {"consent": {"required": "yes please"}},
        {"consent": {"withdrawal_erases": 1.5}},
        {"first_words": {"version": ""}},
        {"first_words": {"version": "x" * 41}},
    ],
)
def test_what_cannot_be_meant_is_refused(raw):
    with pytest.raises(ConfigurationError, match=r"policy\.yml"):
        read_first_words(Policy(raw))


def test_a_message_that_comes_again_is_one_act(engine, book):
    book.ask(MAYA, "1", HeldMessage("m1", "hi"))
    for _ in range(2):
        book.settle(MAYA, "1", ConsentAct.GIVEN, "m2")
    assert [row["act"] for row in rows(engine, consents)] == ["asked", "given"]
    assert book.standing(MAYA).is_by(ConsentAct.GIVEN, "m2")


def test_a_yes_to_an_earlier_text_lasts_until_it_is_taken_back(book):
    book.ask(MAYA, "1", HeldMessage("m1", "hi"))
    assert not book.standing(MAYA).agreed
    book.settle(MAYA, "1", ConsentAct.GIVEN, "m2")
    book.ask(MAYA, "2", HeldMessage("m3", "hi"))
    assert book.standing(MAYA).agreed
    book.settle(MAYA, "2", ConsentAct.WITHDRAWN, "m4")
    assert not book.standing(MAYA).agreed


@pytest.mark.parametrize("how", ["withdrawn", "/stop", "stop writing to me"])
def test_news_end_with_the_consent_and_at_a_stop_that_waits(engine, book, how):
    wishes = WishBook(engine)
    for customer in (MAYA, TOM):
        book.settle(customer, "1", ConsentAct.GIVEN, "m1")
        assert wishes.agree(customer, "telegram", NewsKind.STOCK, "mug")
    if how == "withdrawn":
        book.settle(MAYA, "1", ConsentAct.WITHDRAWN, "m2")
    else:
        book.ask(MAYA, "2", HeldMessage("m2", how))
    assert not wishes.agreed(MAYA)
    assert wishes.agreed(TOM)
