"""Tickets, the story on them, and the conversation log they are told from."""

import threading

import pytest

from switchboard.cli.app import run
from switchboard.cli.desk import list_tickets, show_ticket
from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database
from switchboard.errors import TicketError
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED, angry, close


def user(text, intent, at, mood=None, ranking=()):
    data = {"intent": {"name": intent}, "intent_ranking": [{"name": n} for n in ranking]}
    if mood is not None:
        data["mood"] = {"anger": mood}
    return {"event": "user", "text": text, "timestamp": at, "parse_data": data}


EVENTS = [
    {"event": "action", "name": "action_session_start", "timestamp": 1.0},
    user("hi", "greet", 2.0, 0.1),
    {"event": "bot", "text": "Hello!", "timestamp": 3.0},
    user("where is 4711", "track_order", 4.0, 0.2),
    {"event": "action", "name": "action_track_order", "timestamp": 5.0},
    {"event": "bot", "text": "It left on Monday.", "timestamp": 5.5},
    user("USELESS", "negative_sentiment", 6.0, 0.93, ("negative_sentiment", "complaint")),
]


@pytest.fixture
def story():
    return tell_story(EVENTS, angry("0.93: 'useless'"), "4711", True)


@pytest.fixture
def book(engine):
    return TicketBook(engine)


def test_the_story_tells_who_what_and_why(story):
    assert story.mood == 0.93
    assert story.asked == "USELESS"
    assert story.tried == "action_track_order"
    assert "track_order" in story.summary
    assert "identity proved" in story.summary
    assert "customer  where is 4711" in story.transcript
    assert "bot       It left on Monday." in story.transcript


def test_an_empty_conversation_has_a_story_too():
    assert tell_story([], ASKED, None, False).asked == ""


def test_one_open_ticket_a_conversation(book, story):
    first, new = book.open("maya", "telegram", story)
    again, newer = book.open("maya", "telegram", story)
    assert (new, newer) == (True, False)
    assert first == again
    assert book.open("tom", "rest", story)[1]


def test_many_at_once_open_one(book, story):
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(book.open("maya", "rest", story)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new for _, new in opened) == 1
    assert len({ticket.reference for ticket, _ in opened}) == 1


def test_resolving_frees_the_conversation(engine, book, story):
    ticket, _ = book.open("maya", "rest", story)
    assert close(engine, book.get(ticket.reference.lower()), "called her")
    assert not close(engine, ticket, "again")
    assert book.open_for("maya") is None
    assert book.get(ticket.reference).resolution == "called her"
    assert book.open("maya", "rest", story)[1]
    assert len(book.waiting()) == 1
    assert len(book.waiting(include_resolved=True)) == 2


def test_a_broken_database_is_a_ticket_error(book, story, engine):
    with engine.begin() as db:
        db.exec_driver_sql("DROP TABLE tickets")
    for call in (
        lambda: book.open("maya", "rest", story),
        lambda: book.open_for("maya"),
        lambda: book.waiting(),
    ):
        with pytest.raises(TicketError):
            call()


def test_the_log_reads_from_a_checkpoint_and_keeps_everything(engine):
    log = ConversationLog(engine)
    events = [{"event": "user", "text": str(i), "timestamp": i + 1.0} for i in range(10)]
    with engine.begin() as db:
        last = log.append(db, "maya", events)
    assert log.standing("maya") == (last, False)
    assert log.standing("nobody") == (0, False)
    assert log.window("nobody") is None
    log.set_checkpoint("maya", kept=3, state=[{"event": "slot", "name": "x", "value": 1}])
    window = log.window("maya")
    assert [e["text"] for e in window.events] == ["7", "8", "9"]
    assert window.state[0]["name"] == "x"
    assert len(log.everything("maya")) == 10
    assert len(log.everything("maya", after=7.5)) == 3
    log.delete("maya")
    assert log.conversation_ids() == []


def test_standing_knows_of_the_ticket(engine, book, story):
    ticket, _ = book.open("maya", "rest", story)
    assert ConversationLog(engine).standing("maya")[1]
    close(engine, ticket)
    assert not ConversationLog(engine).standing("maya")[1]


def test_the_desk_prints_no_control_characters(book):
    nasty = [user("\x1b[2Jpwned \u202eabc\x07\x00", "track_order", 1.0)]
    ticket, _ = book.open("x", "rest", tell_story(nasty, ASKED, None, False))
    shown = show_ticket(ticket, "later \x1b[31m") + list_tickets([ticket])
    assert not any(c in shown for c in "\x1b\x07\x00\u202e")
    assert "pwned" in shown


def test_the_desk_commands(tmp_path, monkeypatch, capsys, story):
    url = f"sqlite:///{tmp_path}/desk.db"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    ticket, _ = TicketBook(open_database(url)).open("maya", "telegram", story)
    assert run(["desk", "list"]) == 0
    assert run(["desk", "show", ticket.reference]) == 0
    assert run(["desk", "resolve", ticket.reference, "called", "her"]) == 0
    assert run(["desk", "resolve", ticket.reference]) == 1
    assert run(["desk", "show", "T-NOBODY"]) == 1
    assert run(["desk", "counts"]) == 0
    printed = capsys.readouterr()
    assert ticket.reference in printed.out
    assert "where is 4711" in printed.out
    assert "is closed already" in printed.err
