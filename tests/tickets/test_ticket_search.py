"""Tickets are found by what people remember of them, and by nothing else."""

import pytest
import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.filing import Filing
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.ticket_search import MOST, TicketSearch
from tests.fakes.tickets import ASKED, acts


@pytest.fixture
def book(engine):
    return TicketBook(engine)


@pytest.fixture
def find(engine):
    return TicketSearch(engine).find


@pytest.fixture
def ada(engine):
    return Directory(engine).add("ada", "Ada", Role.AGENT, "a long enough one", None)


def open_ticket(book, sender="telegram:5", order="4711"):
    return book.open(sender, "telegram", tell_story([], ASKED, order, True))[0]


def said(text, kind="user", intent="get_refund"):
    return {
        "event": kind,
        "timestamp": 5.0,
        "text": text,
        "parse_data": {"intent": {"name": intent}, "text": text},
        "metadata": {"author": "bot"},
    }


def say(engine, text, sender="telegram:5", **more):
    with engine.begin() as db:
        ConversationLog(engine).append(db, sender, [said(text, **more)])


def test_a_reference_is_found_in_any_case(book, find):
    ticket, _ = open_ticket(book), open_ticket(book, "b")
    assert find(ticket.reference) == find(ticket.reference.lower()) == [ticket.id]


def test_an_order_is_found_by_its_number(book, find):
    ticket, _ = open_ticket(book), open_ticket(book, "b", "9999")
    assert find("4711") == [ticket.id]


def test_every_word_has_to_be_there_in_any_order_and_place(engine, book, find):
    ticket, _ = open_ticket(book), open_ticket(book, "b")
    say(engine, "My MUG came broken")
    say(engine, "I am Maya")
    assert find("maya broken mug 4711") == [ticket.id]
    assert find("maya broken lamp") == []


def test_what_the_assistant_said_is_found_too(engine, book, find):
    ticket = open_ticket(book)
    say(engine, "The carrier lost it", kind="bot")
    assert find("carrier") == [ticket.id]


def test_chinese_is_found_within_a_sentence(engine, book, find):
    ticket = open_ticket(book)
    say(engine, "杯子碎了，请退款")
    assert find("碎了 退款") == [ticket.id]
    assert find("茶壶") == []


@pytest.mark.parametrize("word", ["user", "timestamp", "parse_data", "get_refund", "author", "bot"])
def test_how_messages_are_recorded_is_not_what_they_say(engine, book, find, word):
    open_ticket(book)
    say(engine, "hello")
    say(engine, "hello", kind="bot")
    assert find(word) == []


@pytest.mark.parametrize("text", ['say "now" please', "C:\\new", "50% off", "a_b", "it's", "Élise"])
def test_signs_are_only_signs(engine, book, find, text):
    ticket, _ = open_ticket(book), open_ticket(book, "b")
    say(engine, text)
    say(engine, "C:new 50 off axb", sender="b")
    assert find(text) == [ticket.id]


@pytest.mark.parametrize("word", ["%", "_", "\\", "%%", "\\%"])
def test_a_lone_sign_does_not_find_everything(engine, book, find, word):
    open_ticket(book)
    say(engine, "hello")
    assert find(word) == []


@pytest.mark.parametrize("word", ["'", '"', "--", "'; DROP TABLE tickets", "\x00", "{}", "$.text"])
def test_hostile_words_find_nothing_and_break_nothing(engine, book, find, word):
    ticket = open_ticket(book)
    say(engine, "hello")
    assert find(word) == []
    assert find("hello") == [ticket.id]


@pytest.mark.parametrize("text", ["nul \x00 inside", "\\u0000", "tail \\", "\\ud800"])
def test_a_hostile_message_does_not_end_the_search(engine, book, find, text):
    ticket = open_ticket(book)
    say(engine, text)
    say(engine, "hello")
    assert find("hello") == [ticket.id]


def test_an_address_is_found_where_it_was_left_or_written(engine, book, find):
    left, wrote = open_ticket(book), open_ticket(book, "b")
    acts(engine).change_and_send(left, [], sa.true(), contact="Lin@Example.com")
    say(engine, "write to lin@example.com", sender="b")
    assert find("lin@example.com") == [wrote.id, left.id]


def test_a_note_and_a_resolution_are_found(engine, book, find, ada):
    ticket, ticket_acts = open_ticket(book), acts(engine)
    ticket_acts.note(ticket, ada, "a regular", "n")
    ticket_acts.finish(ticket, ada, EntryKind.CLOSED, "sent a new one")
    assert find("regular") == find("new one") == [ticket.id]


def test_a_tag_of_several_words_is_found(engine, book, find, ada):
    ticket = open_ticket(book)
    Filing(engine, acts(engine)).tag(ticket, ada, ["wholesale customer"])
    with engine.begin() as db:
        db.exec_driver_sql("DELETE FROM ticket_entries")
    assert find("Wholesale") == find("wholesale customer") == [ticket.id]


@pytest.mark.parametrize("nothing", ["", "   ", "\x00", "　"])
def test_nothing_finds_nothing(book, find, nothing):
    open_ticket(book)
    assert find(nothing) == []


@pytest.mark.parametrize("word", ["x", "xq ", "%", "汉"])
def test_a_very_long_query_is_cut(book, find, word):
    open_ticket(book)
    assert find(word * 50_000) == []


def test_the_newest_are_found_first_and_not_all(book, find):
    made = [open_ticket(book, f"s{n}") for n in range(MOST + 3)]
    assert find("4711") == [ticket.id for ticket in reversed(made)][:MOST]
