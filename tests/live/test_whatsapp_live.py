"""The whole assistant behind WhatsApp, as customers have it."""

from __future__ import annotations

import time

import pytest

from tests.fakes.cloud_api_server import NUMBER, batch, chosen, deliver, said, state_of
from tests.live.redelivery import beside, until_taken, wait_for_some
from tests.live.test_handoff import desk, ticket_of


@pytest.fixture(autouse=True)
def _shop(system):
    """As it was seeded, whoever was here before."""


def place(customer):
    return f"whatsapp:{NUMBER}:{customer}"


def test_an_order_is_tracked_by_a_choice(platforms):
    customer = 15550011
    platforms.whatsapp(customer, "hello")
    shown = platforms.cloud_api.sent[-1][2]["interactive"]
    assert shown["type"] in ("button", "list")
    action = shown["action"]
    rows = [b["reply"] for b in action.get("buttons", ())]
    rows += [row for section in action.get("sections", ()) for row in section["rows"]]
    for row in rows:
        kind = "button_reply" if shown["type"] == "button" else "list_reply"
        message = chosen(customer, row["id"], row["title"], kind=kind)
        if "order" in row["title"].lower():
            break
    before = len(platforms.cloud_api.texts(customer))
    assert deliver(platforms.system.url, batch(message)) == 200
    platforms.cloud_api.wait_for(customer, before + 1)
    assert platforms.heard(place(customer))[-1].startswith("/")
    assert "退" in platforms.whatsapp(customer, "可以退货退款吗？政策是怎样的")[0]


def test_angry_on_whatsapp_answered_by_a_person(platforms):
    customer = 15550015
    angry = "this is the third time I ask, you are completely useless!!!"
    answer = platforms.whatsapp(customer, angry)
    reference = ticket_of(platforms.system, place(customer))
    assert reference in answer[0]
    desk(platforms.system, "resolve", reference, "called her")
    assert "1 is poor" in platforms.cloud_api.wait_for(customer, 3)[2]
    rating = platforms.cloud_api.sent[-1][2]["interactive"]
    assert rating["type"] == "list"  # five choices


@pytest.mark.long
def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(platforms):
    """Killed while messages come and answers are on their way; Meta delivers again what nobody
    took, statuses too, and not at once."""
    question, customers, each = "what is your refund policy", range(15550100, 15550112), 5
    url, cloud_api = platforms.system.url, platforms.cloud_api
    bodies = {c: [batch(said(c, question)) for _ in range(each)] for c in customers}

    def write(customer):
        for body in bodies[customer]:
            until_taken(lambda body=body: deliver(url, body))

    def tell(_number, asked):
        told = batch(statuses=[state_of(asked, "sent")])
        beside(until_taken, lambda: deliver(url, told))

    before = len(cloud_api.sent)
    cloud_api.status, cloud_api.latency = tell, 1.0
    try:
        writing = [beside(write, customer) for customer in customers]
        wait_for_some(lambda: len(cloud_api.sent) - before, 15)
        platforms.system.restart_rasa(force=True)
        for thread in writing:
            thread.join()
        for customer in customers:
            cloud_api.wait_for(customer, each, seconds=90)
        for customer in customers:  # Meta, not sure that we had them, delivers all of it again
            write(customer)
        time.sleep(3)
    finally:
        cloud_api.status, cloud_api.latency = None, 0.0
    for customer in customers:
        assert platforms.heard(place(customer)) == [question] * each
        assert len(cloud_api.texts(customer)) == each
    waiting = "SELECT count(*) FROM {} WHERE waiting_for IS NOT NULL"
    for table in ("inbox", "outbox"):
        assert platforms.system.run(waiting.format(table)) == [(0,)]
