"""Killed, overrun, without a database: what is lost then, which is nothing."""

import json
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from switchboard.channels import retries
from switchboard.channels.assistant import answers_to
from switchboard.database.connection import open_database
from switchboard.database.tables import inbox, lanes, outbox
from tests.fakes.graph_server import batch, deliver, said


def rows(tmp_path: Path, table):
    with open_database(f"sqlite:///{tmp_path / 'mail.db'}").connect() as db:
        return db.execute(sa.select(table)).all()


def test_what_was_acknowledged_is_answered_by_the_next_process(serve, graph, agent, tmp_path):
    """As after kill -9: the first server never gets to work, and leaves its lane behind."""
    first = serve()
    agent.ready = False
    assert deliver(first.url, batch(said(1, "hello"))) == 200
    first.stop()
    assert [row.waiting_for for row in rows(tmp_path, inbox)] == ["facebook:1001:1"]
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:
        dead = {"conversation": "facebook:1001:1", "worker": "dead", "until": time.time() + 1}
        db.execute(sa.insert(lanes).values(**dead))
        db.execute(sa.update(inbox).values(due_at=0.0, attempts=1))
    agent.ready = True
    serve()
    assert graph.wait_for(1) == ["You said: hello"]
    assert rows(tmp_path, inbox)[0].payload == ""
    deadline = time.monotonic() + 10  # the platform has it before the lane is given up
    while rows(tmp_path, lanes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert rows(tmp_path, lanes) == []


def test_a_turn_that_was_done_before_the_crash_is_not_done_again(serve, graph, agent, tmp_path):
    served = serve()
    event = said(1, "cancel it", mid="m-1")
    deliver(served.url, batch(event))
    graph.wait_for(1)
    served.stop()
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:  # as if killed between the turn and the note that it was answered
        db.execute(
            sa.update(inbox).values(waiting_for="facebook:1001:1", payload=json.dumps(event))
        )
        db.execute(sa.delete(outbox))
    serve()
    assert graph.wait_for(1, 2) == ["You said: cancel it"] * 2
    assert agent.texts() == ["cancel it"]


def test_two_servers_on_one_database_answer_each_message_once(serve, graph, agent):
    one, other = serve(), serve()
    agent.pause = 0.05
    events = [said(customer, f"{customer}-{number}") for number in range(4) for customer in (1, 2)]
    for event in events:
        for served in (one, other, one):
            while deliver(served.url, batch(event)) != 200:  # busy: a platform delivers it again
                time.sleep(0.1)
    for customer in (1, 2):
        wanted = [f"You said: {customer}-{number}" for number in range(4)]
        assert graph.wait_for(customer, 4) == wanted
    time.sleep(1.5)
    assert len(graph.sent) == 8


def test_a_failing_turn_is_tried_again_and_then_apologised_for(served, graph, agent, monkeypatch):
    monkeypatch.setattr(retries, "TURN_SECONDS", 0.1)

    def fail(message):
        raise RuntimeError(message.text)

    agent.script = fail
    deliver(served.url, batch(said(1, "hello")))
    assert "fault on our side" in graph.wait_for(1)[0]
    assert agent.texts() == ["hello"] * 3


def test_nothing_is_acknowledged_that_could_not_be_kept(served, monkeypatch):
    def down(*_given):
        raise sa.exc.OperationalError("insert", {}, Exception("down"))

    monkeypatch.setattr(served.channels[0].dispatcher.parts.inbox, "keep", down)
    assert deliver(served.url, batch(said(1, "hello"))) == 503


def test_a_full_inbox_asks_the_platform_to_wait(served, graph, agent, monkeypatch):
    monkeypatch.setattr("switchboard.mailroom.inbox.MAX_WAITING", 3)
    agent.go_on = threading.Event()
    statuses = [deliver(served.url, batch(said(1, str(number)))) for number in range(5)]
    agent.go_on.set()
    assert statuses == [200, 200, 200, 503, 503]


def test_a_customer_who_waits_holds_up_nobody(served, graph, agent):
    def slow_for_one(message):
        return [{"text": message.text}]

    agent.script = slow_for_one
    go_on = threading.Event()
    graph.faults.append(go_on)
    deliver(served.url, batch(said(1, "slow")))
    deadline = time.monotonic() + 20
    while graph.faults:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    deliver(served.url, batch(said(2, "quick")))
    graph.wait_for(2)
    assert graph.texts(1) == []
    go_on.set()
    graph.wait_for(1)


def test_a_message_that_waits_is_seen_by_the_one_before(served, graph, agent):
    """Rasa's lock has the next message waiting, so that a slow answer can be cut short."""
    agent.go_on = threading.Event()
    deliver(served.url, batch(said(1, "first"), said(1, "second"), said(1, "third")))
    deadline = time.monotonic() + 20
    while len(agent.heard) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert graph.texts(1) == []
    assert agent.texts() == ["first", "second"]
    agent.go_on.set()
    assert graph.wait_for(1, 3) == [f"You said: {n}" for n in ("first", "second", "third")]


async def test_the_answers_to_a_message_are_found_in_its_conversation(agent):
    from rasa.shared.core.events import BotUttered, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    events = [
        UserUttered("a", message_id="1"),
        BotUttered("A"),
        UserUttered("b", message_id="2"),
        BotUttered("B", {"buttons": [{"title": "x", "payload": "/x"}]}),
        UserUttered("b again"),  # an action took the message up anew
        BotUttered("C"),
        UserUttered("c", message_id="3"),
    ]
    tracker = DialogueStateTracker.from_events("s", events)
    found = answers_to(tracker, "2")
    assert [message.text for message in found] == ["B", "C"]
    assert found[0].buttons[0].payload == "/x"
    assert answers_to(tracker, "3") == []
    assert answers_to(tracker, "4") is None


PLACES = {
    "facebook": "facebook:1001:8",
    "telegram": "telegram:8",
    "whatsapp": "whatsapp:106540352242922:8",
    "x": "x:2244994945:8",
}


@pytest.mark.parametrize("channel", PLACES)
def test_a_push_goes_through_the_outbox(served, graph, bot_api, cloud_api, fake_x, channel):
    (connector,) = (each for each in served.channels if each.name() == channel)
    output = connector.get_output_channel()
    assert output.name() == channel
    conversation = PLACES[channel]
    served.call(output.send_response(conversation, {"text": "We are back."}))
    fakes = {"facebook": graph, "telegram": bot_api, "whatsapp": cloud_api, "x": fake_x}
    fake = fakes[channel]
    assert fake.wait_for(8)[0].replace("\\", "") == "We are back."
