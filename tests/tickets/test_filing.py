"""Snoozed, tagged, merged; and since when a customer waits."""

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.presence import (
    CUSTOMER,
    LOOKING_SECONDS,
    TYPING_SECONDS,
    Presence,
)
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.filing import Filing, read_tags
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.waiting import Waiting
from tests.fakes.clock import Clock
from tests.fakes.tickets import ASKED, acts

NOON, NIGHT = 1_795_003_200.0, 1_795_039_200.0  # a Wednesday: 12:00 and 22:00 UTC


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.fixture
def book(engine, clock):
    return TicketBook(engine, clock)


@pytest.fixture
def work(engine, clock):
    return acts(engine, clock)


@pytest.fixture
def filing(engine, work, clock):
    return Filing(engine, work, clock)


@pytest.fixture
def waits(engine, policy, clock, book):
    waiting = Waiting(engine, policy, 10, clock)
    return lambda ticket: waiting.since([book.get(ticket.reference)]).get(ticket.id)


@pytest.fixture
def ada(engine):
    return Directory(engine).add("ada", "Ada", Role.AGENT, "a long enough one", None)


@pytest.fixture
def bob(engine):
    return Directory(engine).add("bob", "Bob", Role.AGENT, "a long enough one", None)


def opened(book, sender="telegram:5"):
    return book.open(sender, "telegram", tell_story([], ASKED, None, False))[0]


@pytest.fixture
def ticket(book, work, ada):
    made = opened(book)
    work.take(made, ada)
    return book.get(made.reference)


def say(engine, clock, sender="telegram:5"):
    clock.now += 60
    with engine.begin() as db:
        said = {"event": "user", "timestamp": clock.now, "text": "hello?"}
        ConversationLog(engine).append(db, sender, [said])
    return clock.now


def answer(work, clock, ticket, person):
    clock.now += 60
    assert work.answer(ticket, person, "hello", str(clock.now))


def test_a_wait_begins_with_the_first_message_that_nobody_answered(
    engine, clock, work, waits, ticket, ada
):
    say(engine, clock)
    assert waits(ticket) == ticket.opened_at
    answer(work, clock, ticket, ada)
    assert waits(ticket) is None
    first = say(engine, clock)
    say(engine, clock)
    assert waits(ticket) == first
    work.finish(ticket, ada, EntryKind.CLOSED)
    assert waits(ticket) is None


def test_what_the_bot_answered_meanwhile_waits_for_nobody(engine, clock, work, waits, ticket, ada):
    answer(work, clock, ticket, ada)
    clock.now += 60
    work.finish(ticket, ada, EntryKind.CLOSED)
    say(engine, clock)
    clock.now += 60
    assert work.reopen(ticket, ada)
    assert waits(ticket) is None
    assert waits(ticket) is None
    assert say(engine, clock) == waits(ticket)


def test_what_was_unanswered_when_it_was_closed_waits_when_it_is_reopened(
    engine, clock, work, waits, ticket, ada
):
    answer(work, clock, ticket, ada)
    first = say(engine, clock)
    clock.now += 60
    work.finish(ticket, ada, EntryKind.CLOSED)
    clock.now += 60
    work.reopen(ticket, ada)
    assert waits(ticket) == first


def test_a_follow_up_waits_from_a_mail_only(engine, clock, work, waits, ticket, ada):
    answer(work, clock, ticket, ada)
    work.follow_up(ticket, "say_resumed")
    say(engine, clock)
    assert waits(ticket) is None
    clock.now += 60
    with engine.begin() as db:
        work.hear_elsewhere(db, ticket.id, "well?")
    assert waits(ticket) == clock.now


def test_a_wait_is_overdue_in_opening_hours_only(engine, policy, clock):
    waiting = Waiting(engine, policy, 10, clock)
    clock.now = NOON + 600
    assert waiting.is_overdue(NOON)
    assert not waiting.is_overdue(NOON + 61)
    clock.now = NIGHT + 3600
    assert not waiting.is_overdue(NIGHT)


def test_a_snoozed_ticket_wakes_by_time_and_by_its_customer(clock, book, filing, ticket, ada):
    assert filing.snooze(ticket, ada, 3600)
    snoozed = book.get(ticket.reference)
    assert filing.is_asleep(snoozed, clock.now - 1)
    assert not filing.is_asleep(snoozed, clock.now + 1)
    clock.now += 3601
    assert not filing.is_asleep(snoozed, 0.0)


def test_a_snooze_has_bounds_and_is_ones_own(clock, book, filing, ticket, ada, bob):
    assert not filing.snooze(ticket, bob, 3600)
    for seconds, kept in ((-5, 60.0), (1e12, 60 * DAY)):
        filing.snooze(ticket, ada, seconds)
        assert book.get(ticket.reference).snoozed_until == clock.now + kept


def test_a_reopened_ticket_is_awake(book, work, filing, ticket, ada):
    filing.snooze(ticket, ada, 3600)
    work.finish(ticket, ada, EntryKind.CLOSED)
    work.reopen(ticket, ada)
    assert not filing.is_asleep(book.get(ticket.reference), 0.0)


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("", []),
        (" , ，,", []),
        ("VIP, vip ,Big  Order，退款", ["vip", "big order", "退款"]),
        ("x" * 99, ["x" * 32]),
        (",".join(map(str, range(99))), [str(n) for n in range(10)]),
    ],
)
def test_tags_are_read_as_they_are_written(written, tags):
    assert read_tags(written) == tags


def test_tags_are_replaced_and_counted(book, filing, ticket, ada, bob):
    other = opened(book, "b")
    assert filing.tag(ticket, ada, ["a", "b"])
    assert filing.tag(other, ada, ["b"])
    assert filing.known_tags() == ["b", "a"]
    assert not filing.tag(ticket, bob, ["c"])
    assert filing.tag(ticket, ada, ["c"])
    assert filing.tags([ticket.id, other.id]) == {ticket.id: ["c"], other.id: ["b"]}
    assert filing.tag(ticket, ada, [])
    assert filing.tags([ticket.id]) == {}


def test_a_merged_ticket_is_closed_and_its_contact_goes_along(book, work, filing, ticket, ada):
    other = opened(book, "b")
    work.change_and_send(ticket, [], sa.true(), contact="lin@example.com")
    assert filing.merge(book.get(ticket.reference), other, ada)
    found = book.get(ticket.reference)
    assert (found.is_open, found.merged_into) == (False, other.id)
    assert book.get(other.reference).contact == "lin@example.com"
    assert not filing.merge(book.get(ticket.reference), other, ada)
    assert work.reopen(found, ada)
    assert book.merged(other) == []


def test_no_contact_is_lost_to_none(book, work, filing, ticket, ada):
    other = opened(book, "b")
    work.change_and_send(other, [], sa.true(), contact="ann@example.com")
    assert filing.merge(ticket, other, ada)
    assert book.get(other.reference).contact == "ann@example.com"


def test_into_a_follow_up_of_the_same_conversation_the_bot_stays_silent(
    engine, book, work, filing, ticket, ada
):
    work.follow_up(ticket, "say_resumed")
    new = opened(book)
    assert filing.merge(new, book.get(ticket.reference), ada)
    assert ConversationLog(engine).standing("telegram:5")[1] is True
    assert book.open_for("telegram:5").reference == ticket.reference


def test_itself_a_closed_one_and_a_colleagues_are_not_merged(book, work, filing, ticket, ada, bob):
    other = opened(book, "b")
    assert not filing.merge(ticket, ticket, ada)
    assert not filing.merge(ticket, other, bob)
    work.finish(other, ada, EntryKind.CLOSED)
    assert not filing.merge(ticket, other, ada)  # seen as open
    assert book.get(ticket.reference).is_open


def test_who_looks_and_who_types_is_seen_for_a_while(engine, clock):
    here = Presence(engine, clock)
    here.note("a_1", "person:1", "Ada", typing=True)
    here.note("a_1", CUSTOMER)
    here.note("ab1", "person:1", "Ada", typing=True)
    assert [(p.who, p.typing) for p in here.at("a_1")] == [(CUSTOMER, False), ("person:1", True)]
    assert [p.conversation_id for p in here.agents_typing("a_")] == ["a_1"]
    clock.now += TYPING_SECONDS
    assert [p.typing for p in here.at("a_1")] == [False, False]
    assert here.agents_typing("a") == []
    clock.now += LOOKING_SECONDS
    assert here.at("a_1") == []
