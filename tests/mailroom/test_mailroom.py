"""The inbox, the outbox and the lanes, on both kinds of database."""

import threading

import pytest

from switchboard.mailroom.inbox import Arrival, Inbox, InboxFull
from switchboard.mailroom.leases import LEASE, Leases
from switchboard.mailroom.message import (
    AGENT,
    Button,
    Card,
    Outgoing,
    load_response,
    read_response,
    write_response,
)
from switchboard.mailroom.outbox import FAILED, REFUSED, SENT, Outbox
from tests.fakes.clock import Clock


@pytest.fixture
def clock():
    return Clock(1000.0)


def arrival(number, conversation="a", batch=""):
    return Arrival(str(number), conversation, {"number": number, "text": "\x00 你好 🎉"}, batch)


def numbers(batches):
    return [[entry.payload["number"] for entry in batch] for batch in batches]


def settle(engine, inbox, batch, outcome="answered"):
    with engine.begin() as db:
        return inbox.settle(db, batch, outcome)


def add(engine, outbox, *texts, conversation="a"):
    with engine.begin() as db:
        outbox.add(db, conversation, [Outgoing(text) for text in texts])


def test_a_message_is_kept_once_and_given_in_order(engine):
    inbox = Inbox(engine, "test")
    assert inbox.keep([arrival(1), arrival(2), arrival(3, "b")]) == ["a", "b"]
    assert inbox.keep([arrival(2)]) == []
    assert Inbox(engine, "other").keep([arrival(2)]) == ["a"]  # ids are a channel's own
    batches = inbox.take("a", 0, 5)
    assert numbers(batches)[:2] == [[1], [2]]
    assert batches[0][0].payload["text"] == "\x00 你好 🎉"
    assert batches[0][0].attempts == 1
    assert inbox.take("a", 0, 1)[0][0].attempts == 2
    assert numbers(inbox.take("a", batches[0][0].id, 1)) == [[2]]


def test_what_is_answered_waits_no_more_and_is_answered_once(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2)])
    first = inbox.take("a", 0, 2)[0]
    assert settle(engine, inbox, first)
    assert not settle(engine, inbox, first)
    assert inbox.waiting() == 1
    assert numbers(inbox.take("a", 0, 2)) == [[2]]
    assert inbox.keep([arrival(1)]) == []


def test_an_album_is_given_as_one(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1, batch="g"), arrival(2, batch="g"), arrival(3), arrival(4, batch="h")])
    assert numbers(inbox.take("a", 0, 2)) == [[1, 2], [3]]


def test_nothing_overtakes_what_is_tried_later(engine, clock):
    inbox = Inbox(engine, "test", clock)
    inbox.keep([arrival(1), arrival(2)])
    inbox.postpone(inbox.take("a", 0, 1)[0], 5.0)
    assert inbox.take("a", 0, 2) == []
    clock.now += 6
    assert numbers(inbox.take("a", 0, 2)) == [[1], [2]]


def test_a_full_inbox_keeps_nothing(engine, monkeypatch):
    monkeypatch.setattr("switchboard.mailroom.inbox.MAX_WAITING", 2)
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2)])
    with pytest.raises(InboxFull):
        inbox.keep([arrival(3)])
    assert inbox.keep([arrival(2)]) == []  # a known one is acknowledged all the same
    settle(engine, inbox, inbox.take("a", 0, 1)[0])
    assert inbox.keep([arrival(3)]) == ["a"]


def test_old_ids_are_forgotten_and_what_waits_is_not(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    inbox.keep([arrival(1), arrival(2)])
    settle(engine, inbox, inbox.take("a", 0, 1)[0])
    add(engine, outbox, "one", "two")
    outbox.settle(outbox.next("a"), SENT)
    assert (inbox.forget(clock.now + 1), outbox.forget(clock.now + 1)) == (1, 1)
    assert (inbox.waiting(), outbox.next("a").message.text) == (1, "two")


def test_deliveries_go_in_order_and_say_what_became_of_them(engine, clock):
    outbox = Outbox(engine, "test", clock)
    add(engine, outbox, "one", "", "two", "three")
    first = outbox.next("a")
    outbox.postpone(first, 10.0, "down")
    assert outbox.next("a").due_at == clock.now + 10
    assert outbox.next("a").attempts == 1
    outbox.progress(first, 2)
    assert outbox.next("a").parts == 2
    outbox.settle(first, SENT)
    assert outbox.latest("a").message.text == "one"
    outbox.settle(outbox.next("a"), FAILED, "unsure")
    outbox.refuse_all("a", "blocked")
    assert outbox.next("a") is None
    assert outbox.counts() == {(SENT, ""): 1, (FAILED, "unsure"): 1, (REFUSED, "blocked"): 1}


def test_a_delivery_is_a_conversations_own(engine):
    outbox = Outbox(engine, "test")
    add(engine, outbox, "private")
    number = outbox.next("a").id
    assert outbox.get(number, "a") is not None
    assert outbox.get(number, "b") is None


def test_a_conversation_is_one_workers_until_it_is_gone(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    assert one.take("a")
    assert one.take("a")
    assert not other.take("a")
    clock.now += LEASE - 1
    one.renew()
    clock.now += 2
    assert not other.take("a")
    clock.now += LEASE
    assert other.take("a")
    one.release("a")  # too late: it is the other's
    assert not one.take("a")
    other.release("a")
    assert one.take("a")


def test_only_what_is_due_and_nobodys_is_idle(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    mine = Leases(engine, "test", "one", clock)
    inbox.keep([arrival(1, "a"), arrival(2, "b"), arrival(3, "c"), arrival(4, "c")])
    Inbox(engine, "other", clock).keep([arrival(5, "z")])
    add(engine, outbox, "hello", conversation="d")
    mine.take("a")
    inbox.postpone(inbox.take("c", 0, 1)[0], 60)
    assert mine.idle(10) == ["b", "d"]
    assert mine.idle(1) == ["b"]
    outbox.postpone(outbox.next("d"), 60, "down")
    assert mine.idle(10) == ["b"]
    clock.now += 61
    assert set(mine.idle(10)) == {"a", "b", "c", "d"}


def test_one_of_many_that_reach_for_a_lane_gets_it(engine):
    taken = []
    workers = [Leases(engine, "test", f"w{number}") for number in range(8)]

    def reach(worker):
        taken.append(worker.take("a"))

    threads = [threading.Thread(target=reach, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_a_response_keeps_its_shape():
    raw = {
        "text": "Which?",
        "buttons": [{"title": "A", "payload": "/a"}, {"title": "Site", "url": "https://x.example"}],
        "elements": [{"title": "Mug", "image_url": "https://x.example/m.png", "buttons": []}],
        "attachment": {"type": "image", "payload": {"src": "https://x.example/p.png"}},
        "custom": {"a": 1},
    }
    message = read_response(raw, AGENT)
    assert message == Outgoing(
        "Which?",
        (Button("A", "/a"), Button("Site", "Site", "https://x.example")),
        "https://x.example/p.png",
        (Card("Mug", image="https://x.example/m.png"),),
        {"a": 1},
        AGENT,
    )
    assert load_response(write_response(message)) == message


@pytest.mark.parametrize(
    "raw", [{}, {"text": None}, {"buttons": "x"}, {"elements": [1]}, {"attachment": "no url"}]
)
def test_odd_responses_are_read(raw):
    assert isinstance(read_response(raw), Outgoing)


def test_a_big_album_is_given_whole(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(number, batch="g") for number in range(10)] + [arrival(10), arrival(11)])
    assert numbers(inbox.take("a", 0, 1)) == [list(range(10))]
    assert numbers(inbox.take("a", 0, 2)) == [list(range(10)), [10]]


def test_two_albums_are_two(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1, batch="g"), arrival(2, batch="h"), arrival(3, batch="h")])
    assert numbers(inbox.take("a", 0, 5)) == [[1], [2, 3]]


def test_only_what_is_old_is_forgotten(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    inbox.keep([arrival(1)])
    settle(engine, inbox, inbox.take("a", 0, 1)[0])
    add(engine, outbox, "one")
    outbox.settle(outbox.next("a"), SENT)
    assert (inbox.forget(clock.now), outbox.forget(clock.now)) == (0, 0)
    assert inbox.keep([arrival(1)]) == []  # still known, so not answered twice
    assert (inbox.forget(clock.now + 1), outbox.forget(clock.now + 1)) == (1, 1)


def test_looking_at_what_waits_tries_nothing(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2), arrival(3, "b")])
    assert [entry.payload["number"] for entry in inbox.pending("a")] == [1, 2]
    assert inbox.take("a", 0, 1)[0][0].attempts == 1


def test_of_what_is_answered_no_words_are_kept(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1)])
    settle(engine, inbox, inbox.take("a", 0, 1)[0], "o" * 300)
    with engine.connect() as db:
        row = db.exec_driver_sql("select payload, outcome from inbox").one()
    assert (row.payload, row.outcome) == ("", "o" * 32)


def test_the_latest_delivery_is_the_newest_that_arrived(engine):
    outbox = Outbox(engine, "test")
    add(engine, outbox, "one", "two", "three", "four")
    for state in (SENT, SENT, REFUSED):
        outbox.settle(outbox.next("a"), state)
    assert outbox.latest("a").message.text == "two"
    assert outbox.latest("b") is None
    assert [d.message.text for d in outbox.delivered("a", 2)] == ["three", "two"]
    assert [d.message.text for d in outbox.delivered("a", 9)] == ["three", "two", "one"]


def test_who_does_not_want_to_hear_stops_nobody_elses(engine):
    outbox = Outbox(engine, "test")
    add(engine, outbox, "to a")
    add(engine, outbox, "to b", conversation="b")
    outbox.refuse_all("a", "blocked")
    assert outbox.next("a") is None
    assert outbox.next("b").message.text == "to b"


def test_a_channel_delivers_and_counts_its_own(engine):
    one, other = Outbox(engine, "test"), Outbox(engine, "other")
    add(engine, other, "elsewhere")
    assert one.next("a") is None
    assert one.counts() == {}
    assert one.get(other.next("a").id, "a") is None
    other.settle(other.next("a"), SENT)
    assert one.latest("a") is None
    assert one.delivered("a", 5) == []


def test_a_lane_is_held_to_the_last_moment_and_no_longer(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    Inbox(engine, "test", clock).keep([arrival(1)])
    one.take("a")
    clock.now += LEASE
    assert not other.take("a")
    assert other.idle(5) == []
    clock.now += 0.5
    assert other.idle(5) == ["a"]
    assert other.take("a")
    assert not one.take("a")


def test_taking_a_lane_again_holds_it_for_longer(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    one.take("a")
    clock.now += LEASE - 1
    one.take("a")
    clock.now += LEASE - 1
    assert not other.take("a")


def test_a_sign_of_life_keeps_nobody_elses_lanes(engine, clock):
    alive, dead = (Leases(engine, "test", name, clock) for name in ("alive", "dead"))
    alive.take("a")
    dead.take("b")
    clock.now += LEASE - 1
    alive.renew()
    clock.now += 2
    assert alive.take("b")
    assert not dead.take("a")


def test_being_done_with_one_conversation_lets_go_of_no_other(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    one.take("a")
    one.take("b")
    one.release("a")
    assert other.take("a")
    assert not other.take("b")
