"""A customer's data: told, erased, and not kept longer than it may be."""

import hashlib

import pytest
import sqlalchemy as sa

from switchboard.cli.app import run
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turn_log import Turn, record_turn
from switchboard.database.tables import metadata, model_spending
from switchboard.database.tables import outbox as sent
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import Outbox
from switchboard.privacy.retention import DAY, Retention
from switchboard.privacy.subjects import Subjects
from switchboard.settings import load_settings
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.clock import Clock
from tests.fakes.tickets import acts, angry

PICTURE = b"\xff\xd8\xff a picture"
SECRET = "maya@example.com lives here"


@pytest.fixture
def clock():
    return Clock(2_000_000_000.0)


@pytest.fixture
def store(engine, clock, tmp_path):
    return FileStore(engine, tmp_path / "files", clock)


def kept(store):
    return [path for path in store._folder.rglob("*") if path.is_file()]


def everything(engine):
    with engine.connect() as db:
        return "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in db.execute(sa.select(table))
        )


def live(engine, clock, sender, close=True):
    """A conversation with a case, worked on, closed, rated."""
    log, book = ConversationLog(engine), TicketBook(engine, clock)
    ticket_acts = acts(engine, clock)
    said = {"event": "user", "timestamp": clock.now, "text": SECRET, "parse_data": {}}
    with engine.begin() as db:
        log.append(db, sender, [said])
        record_turn(db, sender, clock.now, "telegram", Turn(angry(SECRET), "x", 0.5))
    Inbox(engine, "telegram", clock).keep([Arrival(sender, sender, {"text": SECRET})])
    ticket, _ = book.open(sender, "telegram", tell_story([said], angry(SECRET), "4711", True))
    directory = Directory(engine, clock)
    people = directory.everybody()
    ada = (
        people[0] if people else directory.add("ada", "Ada", Role.AGENT, "a long enough one", None)
    )
    ticket_acts.take(ticket, ada)
    ticket_acts.note(ticket, ada, SECRET, f"n{clock()}{ticket.id}")
    ticket_acts.answer(ticket, ada, SECRET, f"a{clock()}{ticket.id}")
    if close:
        ticket_acts.finish(ticket, ada, EntryKind.CLOSED, SECRET)
        ratings = Ratings(engine, clock)
        ratings.take(ticket.reference, sender, 4)
        ratings.comment(ticket.reference, sender, SECRET)
    return ticket


def test_all_of_it_is_told(engine, clock, store):
    live(engine, clock, "telegram:5")
    live(engine, clock, "telegram:6")
    store.keep("telegram:5", PICTURE)
    found = Subjects(engine, store, clock).export("telegram:5")
    assert {name: len(rows) for name, rows in found.items()} == {
        "conversation": 4,
        "turns": 1,
        "visits": 0,
        "open questions": 0,
        "tickets": 1,
        "ratings": 1,
        "identity": 0,
        "wrong tries": 0,
        "codes": 0,
        "received": 1,
        "sent": 3,
        "e-mail thread": 0,
        "files": 1,
        "comments": 0,
        "notices": 0,
        "consent": 0,
        "waiting for consent": 0,
        "proved to be": 0,
        "preferences": 0,
        "teaches": 0,
        "agreed to": 0,
        "stopped": 0,
        "said by itself": 0,
        "e-mails": 0,
        "work on tickets": 4,
        "scores": 0,
    }
    assert "telegram:6" not in str(found)
    assert found["conversation"][0]["data"]["text"] == SECRET


def test_all_of_it_is_erased_and_what_counts_is_kept(engine, clock, store):
    ticket = live(engine, clock, "telegram:5")
    other = live(engine, clock, "telegram:6", close=False)
    store.keep("telegram:5", PICTURE)
    other_picture = store.keep("telegram:6", PICTURE)
    counts = Subjects(engine, store, clock).erase("telegram:5")
    assert counts["conversation"] == 4
    assert [path.name for path in kept(store)] == [other_picture.id]
    left = everything(engine)
    assert "telegram:5" not in left
    assert left.count(SECRET) > 0  # of the other customer
    Subjects(engine, store, clock).erase("telegram:6")
    left = everything(engine)
    assert SECRET not in left
    assert "telegram:6" not in left
    erased = TicketBook(engine).get(ticket.reference)
    assert erased.conversation_id.startswith("erased:")
    assert not TicketBook(engine).get(other.reference).is_open
    done = [record.act for _, record in AuditTrail(engine).newest(500)]
    assert done.count("erase customer") == 2
    assert done.count("answer") == 2  # the trail is as it was


def test_what_is_too_old_goes_and_is_reported(engine, clock, store):
    settings = load_settings({"SWITCHBOARD_KEEP_CONVERSATIONS_DAYS": "10"}).desk
    closed = live(engine, clock, "telegram:5")
    live(engine, clock, "telegram:6", close=False)
    with engine.begin() as db:
        spent = {"day": int(clock.now // DAY), "tokens": 900, "money": 0.1}
        db.execute(sa.insert(model_spending), spent)
    retention = Retention(engine, settings, store, clock)
    store.keep("telegram:5", PICTURE)
    assert sum(result.rows for result in retention.enforce()) == 0
    clock.now += 11 * DAY
    results = {result.kind: result.rows for result in retention.enforce()}
    assert results["conversations"] == 4
    assert results["tickets"] == 0
    assert results["files"] == 1
    assert kept(store) == []
    log = ConversationLog(engine)
    assert log.everything("telegram:5") == []
    assert len(log.everything("telegram:6")) == 2  # its case is open
    clock.now += 730 * DAY
    results = {result.kind: result.rows for result in retention.enforce()}
    assert results["tickets"] == 1
    assert results["spending"] == 0
    assert TicketBook(engine).get(closed.reference).story.summary == ""
    assert TicketBook(engine).open_for("telegram:6").story.reason_text == f"anger {SECRET}"
    assert {result.kind: result.rows for result in retention.enforce()}["tickets"] == 0
    clock.now += 400 * DAY
    assert {result.kind: result.rows for result in retention.enforce()}["spending"] == 1
    done = [(r.act, r.subject) for _, r in AuditTrail(engine).newest(500)]
    assert ("anonymise by age", "tickets") in done


def test_the_command_tells_erases_and_reports(engine, clock, monkeypatch, capsys):
    live(engine, clock, "telegram:5")
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", engine.url.render_as_string(False))
    assert run(["privacy", "export", "telegram:5"]) == 0
    assert SECRET in capsys.readouterr().out
    assert run(["privacy", "erase", "telegram:5"]) == 0
    assert "conversation     4" in capsys.readouterr().out
    assert run(["privacy", "retention"]) == 0
    assert "tickets          anonymise       0" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["erased", "too old"])
def test_addresses_that_were_mailed_are_erased_too(engine, clock, store, how):
    ticket = live(engine, clock, "telegram:9")
    mail = {"message_id": "<m@x>", "ticket_id": ticket.id, "entry_id": 1, "due_at": 0.0}
    with engine.begin() as db:
        mails = metadata.tables["ticket_mails"]
        db.execute(mails.insert().values(address=SECRET, state="sent", attempts=0, **mail))
    assert Subjects(engine, store, clock).export("telegram:9")["e-mails"][0]["address"] == SECRET
    if how == "erased":
        Subjects(engine, store, clock).erase("telegram:9")
    else:
        clock.now += 4000 * DAY
        Retention(engine, load_settings({}).desk, store, clock).enforce()
    with engine.connect() as db:
        assert db.execute(sa.select(mails)).all() == []


def test_a_pseudonym_is_made_at_random_and_leads_back_to_nobody(engine, clock, store):
    """All ids were tried in 1.8 s, when it was a digest of the id."""
    first = live(engine, clock, "telegram:5")
    subjects = Subjects(engine, store, clock)
    subjects.export("telegram:5")
    subjects.erase("telegram:5")
    again = live(engine, clock, "telegram:5")
    subjects.erase("telegram:5")
    with engine.connect() as db:
        everywhere = "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in db.execute(sa.select(table))
        )
    names = {book.conversation_id for book in TicketBook(engine).waiting(include_resolved=True)}
    assert len(names) == 2
    for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
        assert digest(b"telegram:5").hexdigest()[:12] not in everywhere
    assert "telegram:5" not in everywhere
    done = [(r.act, r.subject) for _, r in AuditTrail(engine).newest(500)]
    assert ("export customer", first.reference) in done
    assert [act for act, _ in done].count("erase customer") == 2
    assert again.reference != first.reference


def test_a_rating_that_outlives_its_ticket_leads_back_to_nobody(engine, clock, store):
    ticket = live(engine, clock, "telegram:5")
    clock.now += 800 * DAY
    Retention(engine, load_settings({}).desk, store, clock).enforce()
    rated = metadata.tables["ratings"]
    with engine.connect() as db:
        row = db.execute(sa.select(rated).where(rated.c.ticket == ticket.reference)).one()
    assert row.conversation_id == TicketBook(engine).get(ticket.reference).conversation_id
    assert row.conversation_id.startswith("erased:")


def test_a_message_that_asks_for_it_is_still_answered(engine, clock, store):
    """What its channel needs stays; what was sent before goes."""
    live(engine, clock, "telegram:5")
    outbox = Outbox(engine, "telegram", clock)
    with engine.begin() as db:
        db.execute(sa.update(sent).values(waiting_for=None, state="sent"))
        outbox.add(db, "telegram:5", [Outgoing("on its way")])
    Subjects(engine, store, clock).erase("telegram:5", in_a_turn=True)
    inbox = Inbox(engine, "telegram", clock)
    (batch,) = inbox.take("telegram:5", 5, set())
    with engine.begin() as db:
        assert inbox.settle(db, batch, "answered", "")
        outbox.add(db, "telegram:5", [Outgoing("it is deleted")])
    with engine.connect() as db:
        left = "\n".join(db.execute(sa.select(sent.c.message)).scalars())
    assert ("on its way" in left, "it is deleted" in left, SECRET in left) == (True, True, False)
    assert SECRET not in everything(engine)
