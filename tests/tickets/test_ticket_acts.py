"""Taking, answering, handing on, giving back: once each, recorded, in the conversation."""

import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import outbox, ratings
from switchboard.mailroom.outbox import FAILED, REFUSED, SENT, Outbox
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import read_lines, tell_story
from switchboard.tickets.ticket_acts import MAX_TEXT
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.clock import Clock
from tests.fakes.tickets import ASKED, acts, angry

SENDER = "telegram:5"


@pytest.fixture
def book(engine):
    return TicketBook(engine)


@pytest.fixture
def ticket_acts(engine):
    return acts(engine)


@pytest.fixture
def staff(engine):
    directory = Directory(engine)
    return [
        directory.add(name, name.title(), Role.AGENT, "a long enough one", None)
        for name in ("ada", "bob")
    ]


@pytest.fixture
def ticket(book):
    story = tell_story([], angry("0.97"), "4711", True)
    return book.open(SENDER, "telegram", story, "zh")[0]


def texts(engine, channel="telegram"):
    with engine.connect() as db:
        rows = db.execute(sa.select(outbox.c.message).where(outbox.c.channel == channel))
        return [row.message for row in rows]


def test_a_ticket_has_its_language_and_urgency(ticket):
    assert (ticket.language, ticket.urgency, ticket.assignee_id) == ("zh", 2, None)


def test_of_many_who_take_it_at_once_one_has_it(engine, ticket_acts, ticket, staff, book):
    outcomes = []

    def take(person):
        outcomes.append(ticket_acts.take(ticket, person))

    threads = [threading.Thread(target=take, args=(person,)) for person in staff * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]
    assert book.get(ticket.reference).assignee_id in {person.id for person in staff}
    assert [entry.kind for entry in ticket_acts.entries(ticket)] == ["taken"]


def test_an_answer_is_in_the_conversation_and_on_its_way_once(engine, ticket_acts, ticket, staff):
    ada, bob = staff
    assert not ticket_acts.answer(ticket, ada, "not mine yet", "k0")
    ticket_acts.take(ticket, ada)
    assert not ticket_acts.answer(ticket, bob, "not his", "k1")
    assert ticket_acts.answer(ticket, ada, "I'm looking into it.", "k2")
    assert not ticket_acts.answer(ticket, ada, "I'm looking into it.", "k2")  # the form sent twice
    assert not ticket_acts.answer(ticket, ada, "  ", "k3")
    assert ticket_acts.answer(ticket, ada, "I'm looking into it.", "k4")  # said twice on purpose
    assert len(texts(engine)) == 2
    lines = read_lines(ConversationLog(engine).everything(SENDER))
    assert [(line.speaker, line.text) for line in lines] == [("agent", "I'm looking into it.")] * 2
    states = [entry.state for entry in ticket_acts.entries(ticket) if entry.kind == "answer"]
    assert states == ["waiting", "waiting"]


def test_a_refusal_is_shown_and_can_be_tried_again(engine, ticket_acts, ticket, staff):
    ada = staff[0]
    ticket_acts.take(ticket, ada)
    ticket_acts.answer(ticket, ada, "hello", "k")
    out = Outbox(engine, "telegram")
    entry = ticket_acts.entries(ticket)[-1]
    assert not ticket_acts.send_again(ticket, ada, entry.id)  # it is on its way
    out.settle(out.next(SENDER), REFUSED, "blocked")
    assert ticket_acts.entries(ticket)[-1].reason == "blocked"
    assert ticket_acts.send_again(ticket, ada, entry.id)
    assert not ticket_acts.send_again(ticket, ada, entry.id)
    assert out.next(SENDER).message.text == "hello"
    assert len(texts(engine)) == 1


def test_notes_and_handing_on(ticket_acts, ticket, staff, book):
    ada, bob = staff
    ticket_acts.take(ticket, ada)
    assert ticket_acts.note(ticket, bob, "careful, a regular", "n")
    assert not ticket_acts.note(ticket, bob, "careful, a regular", "n")
    assert not ticket_acts.transfer(ticket, bob, None, "not his to give")
    assert ticket_acts.transfer(ticket, ada, bob, "speaks Chinese")
    assert book.get(ticket.reference).assignee_id == bob.id
    assert ticket_acts.transfer(ticket, bob, None, "off duty")
    assert ticket_acts.take(ticket, ada)
    assert [entry.text for entry in ticket_acts.entries(ticket)][1:4] == [
        "careful, a regular",
        "Bob: speaks Chinese",
        "the queue: off duty",
    ]


def test_given_back_once_with_words_and_reopened(engine, ticket_acts, ticket, staff, book):
    ada = staff[0]
    ticket_acts.take(ticket, ada)
    assert ticket_acts.finish(ticket, ada, EntryKind.GIVEN_BACK)
    assert not ticket_acts.finish(ticket, ada, EntryKind.CLOSED)
    assert not ticket_acts.answer(ticket, ada, "too late", "k")
    assert len(texts(engine)) == 1
    assert book.open_for(SENDER) is None
    assert ticket_acts.reopen(ticket, ada)
    assert book.open_for(SENDER).reference == ticket.reference
    ticket_acts.finish(ticket, ada, EntryKind.CLOSED)
    other, _ = book.open(SENDER, "telegram", ticket.story)
    assert not ticket_acts.reopen(ticket, ada)
    assert book.open_for(SENDER).reference == other.reference


def test_where_nobody_can_be_written_to_it_stands_on_record(engine, ticket_acts, book, staff):
    ticket, _ = book.open("cmdline-user", "cmdline", tell_story([], ASKED, None, False))
    ticket_acts.take(ticket, staff[0])
    assert ticket_acts.answer(ticket, staff[0], "hello", "k")
    assert ticket_acts.entries(ticket)[-1].state is None
    assert texts(engine, "cmdline") == []


def test_every_act_is_on_the_trail(engine, ticket_acts, ticket, staff):
    ada = staff[0]
    ticket_acts.take(ticket, ada)
    ticket_acts.answer(ticket, ada, "hello", "k")
    ticket_acts.finish(ticket, ada, EntryKind.CLOSED, "called her")
    done = [(r.act, r.person_id, r.subject) for _, r in AuditTrail(engine).newest(3)]
    assert done == [(act, ada.id, ticket.reference) for act in ("closed", "answer", "taken")]


def test_when_customers_last_wrote(engine):
    log = ConversationLog(engine)
    with engine.begin() as db:
        log.append(db, "a", [{"event": "user", "timestamp": 5.0}, {"event": "bot", "timestamp": 9}])
    assert log.last_heard(["a", "b"]) == {"a": 5.0}


@pytest.mark.parametrize("by_whom", ["an agent", "nobody"])
def test_a_ticket_ends_in_one_way_whoever_ends_it(engine, ticket_acts, ticket, staff, by_whom):
    person = staff[0] if by_whom == "an agent" else None
    assert ticket_acts.finish(ticket, person, EntryKind.CLOSED, "called her")
    closed, question = texts(engine)
    assert ticket.reference in closed
    assert "rate_service" in question
    assert [e.kind for e in ticket_acts.entries(ticket)] == ["closed"]
    (_, record), *_ = AuditTrail(engine).newest(1)
    assert (record.act, record.subject) == ("closed", ticket.reference)


def test_a_ticket_does_not_end_by_a_note(ticket_acts, ticket):
    with pytest.raises(ValueError, match="does not end"):
        ticket_acts.finish(ticket, None, EntryKind.NOTE)


@pytest.mark.parametrize("desk", ["ours", "another"])
def test_the_first_answer_stays_the_first(engine, ticket, staff, book, desk):
    clock = Clock()
    timed = acts(engine, clock)
    timed.take(ticket, staff[0])
    for key in ("1", "2"):
        clock.now += 60
        if desk == "ours":
            assert timed.answer(ticket, staff[0], "hello", key)
        else:
            assert timed.relay(ticket, "Eve", "hello", key)
    found = book.get(ticket.reference)
    assert (found.taken_at, found.first_answer_at) == (1_000_000.0, 1_000_060.0)


def test_what_another_desk_says_is_said_once_and_only_while_it_is_open(engine, ticket_acts, ticket):
    assert ticket_acts.relay(ticket, "Eve", "hello", "k1")
    assert not ticket_acts.relay(ticket, "Eve", "hello", "k1")
    assert not ticket_acts.relay(ticket, "Eve", "   ", "k2")
    ticket_acts.finish(ticket, None, EntryKind.GIVEN_BACK)
    before = texts(engine)
    assert not ticket_acts.relay(ticket, "Eve", "too late", "k3")
    assert texts(engine) == before


@pytest.mark.parametrize(
    ("state", "again"), [(REFUSED, True), (FAILED, True), (SENT, False), (None, False)]
)
def test_only_what_did_not_arrive_is_sent_again_from_the_beginning(
    engine, ticket_acts, ticket, staff, state, again
):
    ticket_acts.take(ticket, staff[0])
    ticket_acts.answer(ticket, staff[0], "hello", "k")
    out = Outbox(engine, "telegram")
    out.postpone(out.next(SENDER), 3600, "down")
    if state:
        out.settle(out.next(SENDER), state, "so it was")
    entry = ticket_acts.entries(ticket)[-1]
    assert ticket_acts.send_again(ticket, staff[0], entry.id) is again
    if again:
        waiting = out.next(SENDER)
        assert (waiting.attempts, waiting.reason) == (0, "")
        assert waiting.due_at <= time.time()


def test_an_answer_is_sent_again_from_its_own_ticket_only(engine, ticket_acts, ticket, staff, book):
    other, _ = book.open("telegram:6", "telegram", ticket.story)
    ticket_acts.take(ticket, staff[0])
    ticket_acts.answer(ticket, staff[0], "hello", "k")
    out = Outbox(engine, "telegram")
    out.settle(out.next(SENDER), REFUSED, "blocked")
    entry = ticket_acts.entries(ticket)[-1]
    assert not ticket_acts.send_again(other, staff[1], entry.id)
    assert out.next(SENDER) is None


def test_what_is_open_cannot_be_reopened_away_from_its_agent(ticket_acts, ticket, staff, book):
    ada, bob = staff
    ticket_acts.take(ticket, ada)
    assert not ticket_acts.reopen(ticket, bob)
    assert book.get(ticket.reference).assignee_id == ada.id


def test_a_reopened_ticket_has_no_end_and_is_who_reopened_its(ticket_acts, ticket, staff, book):
    ada, bob = staff
    ticket_acts.take(ticket, ada)
    ticket_acts.finish(ticket, ada, EntryKind.CLOSED, "done")
    assert not book.get(ticket.reference).is_open
    assert ticket_acts.reopen(ticket, bob)
    found = book.get(ticket.reference)
    assert (found.is_open, found.resolved_at, found.resolution) == (True, None, None)
    assert found.assignee_id == bob.id


@pytest.mark.parametrize("ending", ["its agent", "a supervisor", "the terminal"])
def test_rated_is_who_had_the_case(engine, ticket_acts, ticket, staff, book, ending):
    ada, bob = staff
    ticket_acts.take(ticket, ada)
    lead = replace(bob, role=Role.SUPERVISOR)
    by = {"its agent": ada, "a supervisor": lead, "the terminal": None}[ending]
    ticket_acts.finish(book.get(ticket.reference), by, EntryKind.CLOSED)
    with engine.connect() as db:
        assert db.execute(sa.select(ratings.c.person_id)).scalars().all() == [ada.id]


def test_who_is_asked_once_is_not_asked_after_a_second_end(engine, ticket_acts, ticket, staff):
    ticket_acts.finish(ticket, staff[0], EntryKind.GIVEN_BACK)
    assert not any("rate_service" in text for text in texts(engine))
    for _ in range(2):
        ticket_acts.reopen(ticket, staff[0])
        ticket_acts.finish(ticket, staff[0], EntryKind.CLOSED)
    assert sum("rate_service" in text for text in texts(engine)) == 1


def test_a_note_and_an_answer_have_a_bound(ticket_acts, ticket, staff):
    ticket_acts.take(ticket, staff[0])
    ticket_acts.note(ticket, staff[0], "x" * 20_000, "n")
    ticket_acts.answer(ticket, staff[0], "y" * 20_000, "a")
    assert [len(entry.text) for entry in ticket_acts.entries(ticket)[1:]] == [MAX_TEXT] * 2


def test_what_is_taken_is_not_taken_over(ticket_acts, ticket, staff, book):
    ada, bob = staff
    assert ticket_acts.take(ticket, ada)
    assert not ticket_acts.take(ticket, bob)
    assert book.get(ticket.reference).assignee_id == ada.id
