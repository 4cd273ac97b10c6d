"""The whole assistant behind direct messages on X, as customers have it."""

from __future__ import annotations

import time

import pytest

from switchboard.database.connection import open_database
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import Outbox
from tests.fakes.x_server import ACCOUNT, batch, deliver, said
from tests.live.redelivery import beside, until_taken, wait_for_some
from tests.live.test_handoff import desk, ticket_of


@pytest.fixture(autouse=True)
def _shop(system):
    """As it was seeded, whoever was here before."""


def test_an_order_is_tracked_and_a_list_is_chosen_from(platforms):
    greeting = platforms.on_x(61, "hello")[0]
    assert "1. " in greeting
    assert "e-mail address or phone" in platforms.on_x(61, "where is order 4712")[0]
    assert "Cast iron pan" in platforms.on_x(61, "maya@example.com")[0]


def test_chinese_and_a_typed_command(platforms):
    assert "您好" in platforms.on_x(62, "你好")[0]
    assert platforms.on_x(62, "/restart")
    assert not [text for text in platforms.heard(f"x:{ACCOUNT}:62") if text.startswith("/")]


def test_a_person_answers_and_the_bot_is_silent_until_it_is_closed(platforms):
    conversation = f"x:{ACCOUNT}:63"
    said_back = platforms.on_x(63, "this is the third time I ask, you are completely useless!!!")
    reference = ticket_of(platforms.system, conversation)
    assert reference in said_back[0]
    engine = open_database(f"sqlite:///{platforms.system.database_path}")
    with engine.begin() as db:
        answer = Outgoing("Ada here: it is on its way.", author=AGENT, agent="Ada")
        Outbox(engine, "x").add(db, conversation, [answer])
    assert platforms.fake_x.wait_for(63, 2)[1] == "Ada here: it is on its way."
    desk(platforms.system, "resolve", reference, "called her")
    assert "1 is poor" in platforms.fake_x.wait_for(63, 4)[3]


QUESTIONS = ("what is your refund policy", "how long does delivery take", "how can I pay?")


@pytest.mark.long
def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(platforms):
    """Killed while messages come and answers are on their way; X delivers again what nobody took,
    word of our own messages too, and not at once."""
    customers, url, fake_x = range(160, 172), platforms.system.url, platforms.fake_x
    bodies = {c: [batch(said(c, question)) for question in QUESTIONS] for c in customers}

    def told(event):
        beside(until_taken, lambda: deliver(url, batch(event)))

    def write(customer):
        for body in bodies[customer]:
            until_taken(lambda body=body: deliver(url, body))

    before = len(fake_x.sent)
    fake_x.echo, fake_x.latency = told, 1.0
    try:
        writing = [beside(write, customer) for customer in customers]
        wait_for_some(lambda: len(fake_x.sent) - before, 8)
        platforms.system.restart_rasa(force=True)
        for thread in writing:
            thread.join()
        for customer in customers:
            fake_x.wait_for(customer, len(QUESTIONS), seconds=90)
            assert platforms.heard(f"x:{ACCOUNT}:{customer}") == list(QUESTIONS)
        for customer in customers:  # a replay delivers all of it again
            write(customer)
        time.sleep(3)
    finally:
        fake_x.echo, fake_x.latency = None, 0.0
    for customer in customers:
        assert len(fake_x.texts(customer)) == len(QUESTIONS)
        assert platforms.heard(f"x:{ACCOUNT}:{customer}") == list(QUESTIONS)
    waiting = platforms.system.run("SELECT count(*) FROM inbox WHERE waiting_for IS NOT NULL")
    assert waiting == [(0,)]
