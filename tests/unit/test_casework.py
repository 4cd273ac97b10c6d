"""Taking, answering, handing on, giving back: once each, recorded, in the conversation."""

import threading

import pytest
import sqlalchemy as sa

from switchboard.conversations import ConversationLog
from switchboard.handoff.casework import Casework
from switchboard.handoff.entries import Act
from switchboard.handoff.story import read_lines, tell_story
from switchboard.handoff.tickets import TicketBook
from switchboard.messaging.message import Button, Outgoing
from switchboard.messaging.outbox import REFUSED, Outbox
from switchboard.people.audit import AuditTrail
from switchboard.people.directory import Directory, Role
from switchboard.tables import outbox

SENDER = "telegram:5"


@pytest.fixture
def book(engine):
    return TicketBook(engine)


@pytest.fixture
def casework(engine):
    return Casework(engine)


@pytest.fixture
def staff(engine):
    directory = Directory(engine)
    return [
        directory.add(name, name.title(), Role.AGENT, "a long enough one", None)
        for name in ("ada", "bob")
    ]


@pytest.fixture
def ticket(book):
    story = tell_story([], "upset", "anger 0.97", "4711", True)
    return book.open(SENDER, "telegram", story, "zh")[0]


def texts(engine, channel="telegram"):
    with engine.connect() as db:
        rows = db.execute(sa.select(outbox.c.message).where(outbox.c.channel == channel))
        return [row.message for row in rows]


def test_a_ticket_has_its_language_and_urgency(ticket):
    assert (ticket.language, ticket.urgency, ticket.assignee_id) == ("zh", 2, None)


def test_of_many_who_take_it_at_once_one_has_it(engine, casework, ticket, staff, book):
    outcomes = []

    def take(person):
        outcomes.append(casework.take(ticket, person))

    threads = [threading.Thread(target=take, args=(person,)) for person in staff * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]
    assert book.get(ticket.reference).assignee_id in {person.id for person in staff}
    assert [entry.kind for entry in casework.entries(ticket)] == ["taken"]


def test_an_answer_is_in_the_conversation_and_on_its_way_once(engine, casework, ticket, staff):
    ada, bob = staff
    assert not casework.answer(ticket, ada, "not mine yet", "k0")
    casework.take(ticket, ada)
    assert not casework.answer(ticket, bob, "not his", "k1")
    assert casework.answer(ticket, ada, "I'm looking into it.", "k2")
    assert not casework.answer(ticket, ada, "I'm looking into it.", "k2")  # the form sent twice
    assert not casework.answer(ticket, ada, "  ", "k3")
    assert casework.answer(ticket, ada, "I'm looking into it.", "k4")  # said twice on purpose
    assert len(texts(engine)) == 2
    lines = read_lines(ConversationLog(engine).everything(SENDER))
    assert [(line.speaker, line.text) for line in lines] == [("agent", "I'm looking into it.")] * 2
    states = [entry.state for entry in casework.entries(ticket) if entry.kind == "answer"]
    assert states == ["waiting", "waiting"]


def test_a_refusal_is_shown_and_can_be_tried_again(engine, casework, ticket, staff):
    ada = staff[0]
    casework.take(ticket, ada)
    casework.answer(ticket, ada, "hello", "k")
    out = Outbox(engine, "telegram")
    entry = casework.entries(ticket)[-1]
    assert not casework.send_again(ticket, ada, entry.id)  # it is on its way
    out.settle(out.next(SENDER), REFUSED, "blocked")
    assert casework.entries(ticket)[-1].reason == "blocked"
    assert casework.send_again(ticket, ada, entry.id)
    assert not casework.send_again(ticket, ada, entry.id)
    assert out.next(SENDER).message.text == "hello"
    assert len(texts(engine)) == 1


def test_notes_and_handing_on(casework, ticket, staff, book):
    ada, bob = staff
    casework.take(ticket, ada)
    assert casework.note(ticket, bob, "careful, a regular", "n")
    assert not casework.note(ticket, bob, "careful, a regular", "n")
    assert not casework.transfer(ticket, bob, None, "not his to give")
    assert casework.transfer(ticket, ada, bob, "speaks Chinese")
    assert book.get(ticket.reference).assignee_id == bob.id
    assert casework.transfer(ticket, bob, None, "off duty")
    assert casework.take(ticket, ada)
    assert [entry.text for entry in casework.entries(ticket)][1:4] == [
        "careful, a regular",
        "Bob: speaks Chinese",
        "the queue: off duty",
    ]


def test_given_back_once_with_words_and_reopened(engine, casework, ticket, staff, book):
    ada = staff[0]
    casework.take(ticket, ada)
    told = [Outgoing("The assistant is back.", (Button("5", "/rate_service"),))]
    assert casework.finish(ticket, ada, Act.GIVEN_BACK, told)
    assert not casework.finish(ticket, ada, Act.CLOSED, told)
    assert not casework.answer(ticket, ada, "too late", "k")
    assert len(texts(engine)) == 1
    assert book.open_for(SENDER) is None
    assert casework.reopen(ticket, ada)
    assert book.open_for(SENDER).reference == ticket.reference
    casework.finish(ticket, ada, Act.CLOSED, ())
    other, _ = book.open(SENDER, "telegram", ticket.story)
    assert not casework.reopen(ticket, ada)
    assert book.open_for(SENDER).reference == other.reference


def test_where_nobody_can_be_written_to_it_stands_on_record(engine, casework, book, staff):
    ticket, _ = book.open("cmdline-user", "cmdline", tell_story([], "asked", "asked", None, False))
    casework.take(ticket, staff[0])
    assert casework.answer(ticket, staff[0], "hello", "k")
    assert casework.entries(ticket)[-1].state is None
    assert texts(engine, "cmdline") == []


def test_every_act_is_on_the_trail(engine, casework, ticket, staff):
    ada = staff[0]
    casework.take(ticket, ada)
    casework.answer(ticket, ada, "hello", "k")
    casework.finish(ticket, ada, Act.CLOSED, (), "called her")
    acts = [(r.act, r.person_id, r.subject) for _, r in AuditTrail(engine).newest(3)]
    assert acts == [(act, ada.id, ticket.reference) for act in ("closed", "answer", "taken")]


def test_when_customers_last_wrote(engine):
    log = ConversationLog(engine)
    with engine.begin() as db:
        log.append(db, "a", [{"event": "user", "timestamp": 5.0}, {"event": "bot", "timestamp": 9}])
    assert log.last_heard(["a", "b"]) == {"a": 5.0}
