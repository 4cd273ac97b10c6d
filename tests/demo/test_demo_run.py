"""Whether the demo may run, and that it takes away what it brought and nothing else."""

import pytest
import sqlalchemy as sa

from switchboard.cli.processes import some_free_port
from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import events, people, ratings, ticket_entries, tickets, turns
from switchboard.demo.demo_office import DemoOffice
from switchboard.demo.demo_run import DemoRun
from switchboard.demo.demo_script import Step
from switchboard.errors import DemoRefused
from switchboard.settings import load_settings
from switchboard.shop.replies import Replies
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.story import Story
from switchboard.tickets.ticket_book import TicketBook
from tests.conftest import DATA

STORY = Story("asked", "asked for a person", None, "help", "", None, False, "", "")


def a_run(engine, tmp_path, **settings):
    told = []
    given = load_settings({"SWITCHBOARD_FILES_DIR": str(tmp_path / "files"), **settings})
    run = DemoRun(engine, given, f"http://127.0.0.1:{some_free_port()}", told.append)
    return run, told


def talked(engine, name):
    with engine.begin() as db:
        said = {"event": "user", "timestamp": 1_795_000_000.0, "text": "hello"}
        ConversationLog(engine).append(db, name, [said])
        row = {"conversation_id": name, "at": 1_795_000_000.0, "channel": "socketio"}
        row |= {"route": "known", "reason": "", "intent": "greet"}
        db.execute(sa.insert(turns).values(**row))


@pytest.fixture
def office(engine, policy):
    return DemoOffice(engine, Replies(DATA / "replies", policy))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SWITCHBOARD_NOTIFY_EMAIL": "team@shop.example"}, "SWITCHBOARD_NOTIFY_EMAIL"),
        ({"SWITCHBOARD_NOTIFY_URL": "https://shop.example"}, "SWITCHBOARD_NOTIFY_URL"),
        ({"SWITCHBOARD_CHATWOOT_URL": "https://desk.example"}, "SWITCHBOARD_CHATWOOT_URL"),
    ],
)
def test_nobody_is_told_of_demo_tickets_unasked(engine, tmp_path, settings, named):
    run, _ = a_run(engine, tmp_path, **settings)
    with pytest.raises(DemoRefused, match=named):
        run.require_allowed(force=False)
    run.require_allowed(force=True)


def test_real_conversations_are_left_alone(engine, tmp_path):
    run, _ = a_run(engine, tmp_path)
    run.require_allowed(force=False)
    talked(engine, "web:demo-1")
    run.require_allowed(force=False)
    talked(engine, "telegram:5")
    with pytest.raises(DemoRefused, match="not the demo's: 1;"):
        run.require_allowed(force=False)
    run.require_allowed(force=True)


def test_a_shops_own_orders_are_never_touched(engine, tmp_path):
    run, _ = a_run(engine, tmp_path, SWITCHBOARD_ORDERS_URL="https://orders.shop.example")
    with pytest.raises(DemoRefused, match="SWITCHBOARD_ORDERS_URL"):
        run.require_allowed(force=True)


def test_without_an_assistant_nobody_is_taken_on(engine, tmp_path):
    run, told = a_run(engine, tmp_path)
    with pytest.raises(DemoRefused, match="make serve"):
        run.fill()
    assert told == []
    assert Directory(engine).everybody() == []


def test_its_people_are_taken_on_once(engine, office):
    passwords = office.open()
    assert set(passwords) == {"demo.ada", "demo.bob"}
    for login, password in passwords.items():
        assert Directory(engine).verify(login, password) is not None
    assert office.open() == {}
    assert Directory(engine).verify("demo.ada", passwords["demo.ada"]).role is Role.SUPERVISOR


def test_people_do_what_the_script_says(engine, office):
    office.open()
    TicketBook(engine).open("web:demo-1", "socketio", STORY)
    for kind, value in (
        ("take", "bob"),
        ("note", "he is in a hurry"),
        ("answer", "Hello, this is Bob."),
        ("tag", ["courier"]),
        ("close", "done"),
    ):
        assert office.do("web:demo-1", Step(kind, value)), kind
    assert not office.do("web:demo-1", Step("answer", "too late"))
    assert office.do("web:demo-1", Step("rate", [5, "good"]))
    with engine.connect() as db:
        kinds = list(db.execute(sa.select(ticket_entries.c.kind)).scalars())
    assert sorted(kinds) == ["answer", "closed", "note", "tagged", "taken"]


def test_clearing_takes_the_demo_away_and_nothing_else(engine, office, tmp_path):
    Directory(engine).add("tara", "Tara", Role.SUPERVISOR, "a long enough one", None)
    office.open()
    for name in ("web:demo-1", "telegram:demo-2", "web:real"):
        talked(engine, name)
        TicketBook(engine).open(name, "socketio", STORY)
    office.do("web:demo-1", Step("take", "bob"))
    office.do("web:demo-1", Step("rate", [2, "slow"]))
    run, _ = a_run(engine, tmp_path)
    assert run.clear() == (2, 2)
    assert run.clear() == (0, 0)
    with engine.connect() as db:
        for table in (events, turns, tickets):
            left = db.execute(sa.select(table.c.conversation_id)).scalars()
            assert list(left) == ["web:real"], table.name
        assert db.execute(sa.select(ratings)).all() == []
        assert db.execute(sa.select(ticket_entries)).all() == []
        assert list(db.execute(sa.select(people.c.login)).scalars()) == ["tara"]
