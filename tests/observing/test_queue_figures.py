"""What waits, read at the time of asking, from both kinds of database."""

import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import inbox, model_spending, outbox
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import FAILED, Outbox
from switchboard.observing.figures import known_channel, status_outcome, write_figures
from switchboard.observing.queue_figures import DatabaseFigures
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED

NOW = 20_000 * DAY + 7200.0


def read(engine, at=NOW):
    """The samples of the database's figures, by name and labels."""
    figures = DatabaseFigures(lambda: engine, lambda: at)
    return {
        (sample.name.removeprefix("switchboard_"), *sorted(sample.labels.values())): sample.value
        for metric in figures.collect()
        for sample in metric.samples
    }


def test_an_empty_database(engine):
    found = read(engine)
    assert found["database_up",] == 1
    assert found["tickets_waiting",] == 0
    assert found["model_tokens_today",] == 0
    assert not [key for key in found if key[0].startswith(("inbox", "outbox"))]


def test_what_waits_and_for_how_long(engine):
    box = Inbox(engine, "telegram", lambda: NOW - 90)
    box.keep([Arrival("1", "telegram:1", {}), Arrival("2", "telegram:2", {})])
    Inbox(engine, "socketio", lambda: NOW - 5).keep([Arrival("3", "web:1", {})])
    with engine.begin() as db:
        Outbox(engine, "telegram", lambda: NOW - 30).add(db, "telegram:1", [Outgoing("hello")])
    found = read(engine)
    assert found["inbox_waiting", "telegram"] == 2
    assert found["inbox_waiting", "socketio"] == 1
    assert found["inbox_oldest_seconds", "telegram"] == 90
    assert found["outbox_waiting", "telegram"] == 1
    assert found["outbox_oldest_seconds", "telegram"] == 30


def test_what_is_settled_waits_no_more_and_failures_are_counted_for_an_hour(engine):
    Inbox(engine, "telegram", lambda: NOW).keep([Arrival("1", "telegram:1", {})])
    sent = Outbox(engine, "telegram", lambda: NOW)
    with engine.begin() as db:
        db.execute(sa.update(inbox).values(waiting_for=None, outcome="failed"))
        sent.add(db, "telegram:1", [Outgoing("hello")])
    sent.settle(sent.next("telegram:1"), FAILED, "HTTP 400")
    found = read(engine)
    assert ("inbox_waiting", "telegram") not in found
    assert found["inbox_failed_last_hour", "failed", "telegram"] == 1
    assert found["outbox_undelivered_last_hour", "failed", "telegram"] == 1
    later = read(engine, NOW + 3700)
    assert not [key for key in later if key[0].endswith("last_hour")]
    with engine.begin() as db:
        db.execute(sa.delete(outbox))


def test_tickets_and_money(engine):
    TicketBook(engine).open("a", "cmdline", tell_story([], ASKED, None, False))
    with engine.begin() as db:
        row = {"day": int(NOW // DAY), "tokens": 700, "money": 0.25}
        db.execute(sa.insert(model_spending), row)
    found = read(engine)
    assert found["tickets_open",] == found["tickets_waiting",] == 1
    assert found["model_tokens_today",] == 700
    assert found["model_money_today",] == 0.25


def test_without_a_database_it_says_so_and_no_more():
    away = sa.create_engine("postgresql://u:secret@127.0.0.1:1/none", future=True)
    assert read(away) == {("database_up",): 0}


def test_asked_again_at_once_it_reads_nothing_again(engine):
    opened = []
    figures = DatabaseFigures(lambda: opened.append(1) or engine, lambda: NOW)
    for _ in range(3):
        assert b"switchboard_database_up 1.0" in write_figures([figures])
    assert len(opened) == 1


def test_labels_are_ours():
    assert known_channel("telegram") == "telegram"
    assert known_channel("x" * 1000) == known_channel(None) == "other"
    assert [status_outcome(code) for code in (200, 404, 429, 503)] == ["2xx", "4xx", "429", "5xx"]
