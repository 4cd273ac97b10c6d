"""Chatwoot as the desk, against a fake that keeps its published API."""

import json
import time

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import outbox
from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.settings import load_settings
from switchboard.tickets.story import read_lines, tell_story
from tests.fakes.chatwoot_server import FakeChatwoot, message, resolved, signed
from tests.fakes.tickets import angry, close

SENDER = "telegram:5"


@pytest.fixture
def there():
    server = FakeChatwoot()
    yield server
    server.close()


@pytest.fixture
def services(there, tmp_path):
    database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}"}
    return open_services(load_settings({**there.environment, **database}))


@pytest.fixture
def client(services):
    return TestClient(make_app(services))


def open_case(services, text="useless!"):
    story = tell_story(
        [{"event": "user", "timestamp": 1.0, "text": text, "parse_data": {}}],
        angry(),
        None,
        False,
    )
    return services.tickets.open(SENDER, "telegram", story, "en")[0]


def say(services, text):
    said = {"event": "user", "timestamp": time.time() + 1, "text": text, "parse_data": {}}
    with services.engine.begin() as db:
        services.conversations.append(db, SENDER, [said])


def call(client, event, **how):
    body = json.dumps(event).encode()
    return client.post("/chatwoot", content=body, headers=signed(body, **how))


def sent(services):
    with services.engine.connect() as db:
        rows = db.execute(sa.select(outbox.c.message).order_by(outbox.c.id)).scalars()
        return [json.loads(row)["text"] for row in rows]


def test_a_case_its_story_and_what_the_customer_writes(there, services):
    ticket = open_case(services)
    services.relay.synchronise()
    say(services, "hello?")
    say(services, "<b>anybody</b>")
    services.relay.synchronise()
    services.relay.synchronise()
    ((_, messages),) = there.conversations.items()
    assert [(m["message_type"], m["private"]) for m in messages] == [
        ("outgoing", True),
        ("incoming", False),
        ("incoming", False),
    ]
    assert ticket.reference in messages[0]["content"]
    assert "useless!" in messages[0]["content"]
    assert [m["content"] for m in messages[1:]] == ["hello?", "<b>anybody</b>"]
    assert len({m["echo_id"] for m in messages[1:]}) == 2


def test_a_second_case_of_a_customer_finds_their_contact(there, services):
    for _ in range(2):
        ticket = open_case(services)
        services.relay.synchronise()
        close(services.engine, ticket, "done")
    services.relay.synchronise()
    assert len(there.contacts) == 1
    assert len(there.conversations) == 2
    assert set(there.statuses.values()) == {"resolved"}


def test_what_agents_say_is_delivered_once(there, services, client):
    open_case(services)
    services.relay.synchronise()
    (number,) = there.conversations
    told = message(number, "Tom here.")
    for event in (
        told,
        told,
        message(number, "a note", private=True),
        message(number, "hello?", kind="incoming"),
        message("1", "of another case"),
        {"event": "conversation_updated"},
        {"event": "message_created"},
        {},
    ):
        assert call(client, event).status_code == 200
    assert sent(services) == ["Tom here."]
    lines = read_lines(ConversationLog(services.engine).everything(SENDER))
    assert [(line.speaker, line.text) for line in lines] == [("agent", "Tom here.")]


def test_resolved_gives_back_and_what_comes_later_is_harmless(there, services, client):
    ticket = open_case(services)
    services.relay.synchronise()
    (number,) = there.conversations
    assert call(client, resolved(number)).json() == {"done": True}
    assert call(client, resolved(number)).json() == {"done": False}
    assert call(client, message(number, "too late")).json() == {"done": False}
    assert not services.tickets.get(ticket.reference).is_open
    assert [text[:11] for text in sent(services)] == ["Your ticket", "How was our"]


def test_only_chatwoot_is_heard(there, services, client):
    open_case(services)
    services.relay.synchronise()
    (number,) = there.conversations
    event = message(number, "forged")
    assert call(client, event, secret="guess").status_code == 403
    assert call(client, event, at=time.time() - 3600).status_code == 403
    assert client.post("/chatwoot", json=event).status_code == 403
    body = b"{nonsense"
    assert client.post("/chatwoot", content=body, headers=signed(body)).status_code == 400
    assert sent(services) == []


def test_without_a_secret_nobody_is_heard(tmp_path):
    database = {"SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}
    chatwoot = {"SWITCHBOARD_CHATWOOT_URL": "http://127.0.0.1:9"}
    client = TestClient(make_app(open_services(load_settings({**database, **chatwoot}))))
    body = b"{}"
    assert client.post("/chatwoot", content=body, headers=signed(body, "")).status_code == 403


def test_chatwoot_away_is_told_later(there, services, caplog):
    open_case(services)
    there.down = True
    services.relay.synchronise()
    assert "is not at the desk as it is here" in caplog.text
    assert "useless" not in caplog.text
    there.down = False
    say(services, "hello?")
    services.relay.synchronise()
    ((_, messages),) = there.conversations.items()
    assert [m["content"] for m in messages[1:]] == ["hello?"]


def test_a_ticket_that_chatwoot_refuses_holds_up_no_other(there, services, monkeypatch):
    open_case(services)
    monkeypatch.setitem(globals(), "SENDER", "telegram:6")
    open_case(services, "and I want my money")
    asked = []

    def refuse(identifier):
        asked.append(identifier)
        return identifier == "telegram:5"

    there.refuses = refuse
    services.relay.synchronise()
    services.relay.synchronise()
    ((_, messages),) = there.conversations.items()
    assert "and I want my money" in messages[0]["content"]
    assert asked.count("telegram:5") == 1  # it is left alone for a while
    there.refuses = lambda identifier: False
    services.relay._clock = lambda: time.time() + 6
    services.relay.synchronise()
    assert len(there.conversations) == 2


def test_what_chatwoot_answers_against_its_own_documentation_is_a_refusal(there, services):
    open_case(services)
    there.odd = True
    services.relay.synchronise()
    there.odd = False
    services.relay._clock = lambda: time.time() + 6
    services.relay.synchronise()
    assert len(there.conversations) == 1
