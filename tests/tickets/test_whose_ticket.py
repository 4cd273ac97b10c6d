"""Whose ticket it is: taken over, released, handed on, closed and reopened."""

import threading

import pytest

from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import sign_ins
from switchboard.files.file_store import REFERENCE
from switchboard.mailroom.message import SentFile
from switchboard.mailroom.outbox import Outbox
from switchboard.staff.directory import HERE_SECONDS, Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import read_lines, tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.clock import Clock
from tests.fakes.tickets import ASKED, acts

SENDER = "telegram:5"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(engine):
    return TicketBook(engine)


@pytest.fixture
def work(engine, clock):
    return acts(engine, clock)


@pytest.fixture
def directory(engine, clock):
    return Directory(engine, clock)


def add(directory, login, role=Role.AGENT):
    return directory.add(login, login.title(), role, "a long enough one", None)


@pytest.fixture
def ada(directory):
    return add(directory, "ada")


@pytest.fixture
def bob(directory):
    return add(directory, "bob")


@pytest.fixture
def lead(directory):
    return add(directory, "eve", Role.SUPERVISOR)


@pytest.fixture
def ticket(book, work, ada):
    """Ada's."""
    made, _ = book.open(SENDER, "telegram", tell_story([], ASKED, None, False))
    work.take(made, ada)
    return book.get(made.reference)


def is_seen(engine, person, at):
    row = {"token_hash": f"t{person.id}", "person_id": person.id, "csrf": "c", "created_at": at}
    with engine.begin() as db:
        db.execute(sign_ins.insert().values(seen_at=at, **row))


def owner(book, ticket):
    return book.get(ticket.reference).assignee_id


def test_who_is_here_keeps_their_ticket(engine, clock, book, work, ticket, ada, bob):
    is_seen(engine, ada, clock.now)
    assert not work.take_over(ticket, bob)
    assert owner(book, ticket) == ada.id


@pytest.mark.parametrize("why", ["away", "not seen", "long ago", "deactivated"])
def test_who_is_not_here_can_be_helped_out(
    engine, clock, book, work, directory, ticket, ada, bob, lead, why
):
    if why != "not seen":
        is_seen(engine, ada, clock.now)
    if why == "away":
        directory.set_away(ada, True)
    if why == "long ago":
        clock.now += HERE_SECONDS + 1
    if why == "deactivated":
        directory.set_active(ada, False, lead.id)
    assert work.take_over(ticket, bob)
    assert owner(book, ticket) == bob.id
    last = work.entries(ticket)[-1]
    assert (last.kind, last.text, last.person_id) == ("taken over", "Ada", bob.id)


def test_a_supervisor_takes_over_from_anybody(engine, clock, book, work, ticket, ada, lead):
    is_seen(engine, ada, clock.now)
    assert work.take_over(ticket, lead)
    assert owner(book, ticket) == lead.id


def test_nobodys_ones_own_and_a_closed_ticket_are_not_taken_over(book, work, ticket, ada, bob):
    assert not work.take_over(ticket, ada)
    other, _ = book.open("b", "telegram", ticket.story)
    assert not work.take_over(other, bob)
    work.finish(ticket, ada, EntryKind.CLOSED)
    assert not work.take_over(ticket, bob)


def test_of_many_who_take_over_at_once_one_has_it(book, work, directory, ticket):
    people = [add(directory, f"agent{n}") for n in range(6)]
    outcomes = []
    threads = [
        threading.Thread(target=lambda p=person: outcomes.append(work.take_over(ticket, p)))
        for person in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]
    assert [e.kind for e in work.entries(ticket)].count("taken over") == 1


def test_the_open_tickets_of_who_is_gone_go_back_to_the_queue(book, work, ticket, ada, bob, lead):
    closed, _ = book.open("b", "telegram", ticket.story)
    work.take(closed, ada)
    work.finish(book.get(closed.reference), ada, EntryKind.CLOSED)
    theirs, _ = book.open("c", "telegram", ticket.story)
    work.take(theirs, bob)
    assert work.release(ada, lead) == 1
    assert work.release(ada, lead) == 0
    assert (owner(book, ticket), owner(book, closed), owner(book, theirs)) == (None, ada.id, bob.id)
    assert work.take(ticket, bob)


def test_nothing_is_handed_to_who_is_gone(book, work, directory, ticket, ada, bob, lead):
    directory.set_active(bob, False, lead.id)
    assert not work.transfer(ticket, ada, bob, "yours")
    assert owner(book, ticket) == ada.id


@pytest.mark.parametrize("kind", [EntryKind.CLOSED, EntryKind.GIVEN_BACK])
def test_nobody_ends_a_colleagues_ticket_but_a_supervisor(book, work, ticket, bob, lead, kind):
    assert not work.finish(ticket, bob, kind)
    assert book.get(ticket.reference).is_open
    assert work.finish(ticket, lead, kind)


def test_closing_and_reopening_takes_nothing_from_a_colleague(book, work, ticket, ada, bob):
    work.finish(ticket, ada, EntryKind.CLOSED)
    assert work.reopen(book.get(ticket.reference), bob)
    assert owner(book, ticket) == ada.id


def test_what_somebody_gone_had_is_who_reopened_its(book, work, directory, ticket, ada, bob, lead):
    work.finish(ticket, ada, EntryKind.CLOSED)
    directory.set_active(ada, False, lead.id)
    assert work.reopen(book.get(ticket.reference), bob)
    assert owner(book, ticket) == bob.id


def test_a_follow_up_is_open_while_the_bot_speaks(engine, book, work, ticket, ada):
    log = ConversationLog(engine)
    assert log.standing(SENDER)[1] is True
    assert work.follow_up(ticket, "say_resumed")
    assert not work.follow_up(ticket, "say_resumed")
    found = book.get(ticket.reference)
    assert (found.is_open, found.follow_up) == (True, True)
    assert log.standing(SENDER)[1] is False
    assert book.open_for(SENDER) is None
    assert len(read_lines(log.everything(SENDER))) == 1
    assert work.answer(found, ada, "We found it.", "k")
    assert work.finish(found, ada, EntryKind.CLOSED)


def test_a_customer_with_a_follow_up_may_have_another_ticket(book, work, ticket, ada):
    work.follow_up(ticket, "say_resumed")
    other, new = book.open(SENDER, "telegram", ticket.story)
    assert new
    work.finish(ticket, ada, EntryKind.CLOSED)
    assert not work.reopen(ticket, ada)
    assert book.open_for(SENDER).reference == other.reference


def test_who_leaves_the_chat_is_on_record_and_the_ticket_stays(book, work, ticket):
    work.leave(ticket)
    assert work.entries(ticket)[-1].kind == "left the chat"
    assert book.get(ticket.reference).is_open


def test_an_answer_may_be_a_file_alone(engine, work, ticket, ada):
    assert work.answer(ticket, ada, "", "k", SentFile("A" * 43, "image/png", "label.png"))
    (line,) = read_lines(ConversationLog(engine).everything(SENDER))
    assert [(a.kind, a.url) for a in line.attachments] == [("image", REFERENCE + "A" * 43)]
    sent = Outbox(engine, "telegram").next(SENDER).message
    assert (sent.file.id, sent.file.name, sent.agent) == ("A" * 43, "label.png", "Ada")
    assert work.entries(ticket)[-1].state == "waiting"
