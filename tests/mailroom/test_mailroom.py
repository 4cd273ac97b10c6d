"""The inbox, the outbox and the lanes, on both kinds of database."""

import json
import queue
import threading
import time
from dataclasses import replace

import pytest

from switchboard.errors import LeaseLost
from switchboard.mailroom.announcements import Listener
from switchboard.mailroom.inbox import DEAD, Arrival, Inbox, InboxFull
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
from switchboard.mailroom.outbox import FAILED, REFUSED, SENT, Outbox, PartReceipt
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


def postpone(engine, inbox, batch, seconds, away=False):
    with engine.begin() as db:
        inbox.postpone(db, batch, seconds, away)


def idle(worker, limit=10):
    """What a worker would take over; it lets go of it again."""
    claims = worker.take_idle(limit)
    for claim in claims:
        worker.release(claim)
    return [claim.conversation for claim in claims]


def add(engine, outbox, *texts, conversation="a"):
    with engine.begin() as db:
        outbox.add(db, conversation, [Outgoing(text) for text in texts])


def test_a_message_is_kept_once_and_given_in_order(engine):
    inbox = Inbox(engine, "test")
    assert inbox.keep([arrival(1), arrival(2), arrival(3, "b")]) == ["a", "b"]
    assert inbox.keep([arrival(2)]) == []
    assert Inbox(engine, "other").keep([arrival(2)]) == ["a"]  # ids are a channel's own
    batches = inbox.take("a", 5)
    assert numbers(batches)[:2] == [[1], [2]]
    assert batches[0][0].payload["text"] == "\x00 你好 🎉"
    assert batches[0][0].attempts == 1
    assert inbox.take("a", 1)[0][0].attempts == 2
    assert numbers(inbox.take("a", 1, [batches[0][0].id])) == [[2]]


def test_what_is_answered_waits_no_more_and_is_answered_once(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2)])
    first = inbox.take("a", 2)[0]
    assert settle(engine, inbox, first)
    assert not settle(engine, inbox, first)
    assert inbox.waiting() == 1
    assert numbers(inbox.take("a", 2)) == [[2]]
    assert inbox.keep([arrival(1)]) == []


def test_an_album_is_given_as_one(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1, batch="g"), arrival(2, batch="g"), arrival(3), arrival(4, batch="h")])
    assert numbers(inbox.take("a", 2)) == [[1, 2], [3]]


def test_nothing_overtakes_what_is_tried_later(engine, clock):
    inbox = Inbox(engine, "test", clock)
    inbox.keep([arrival(1), arrival(2)])
    postpone(engine, inbox, inbox.take("a", 1)[0], 5.0)
    assert inbox.take("a", 2) == []
    clock.now += 6
    assert numbers(inbox.take("a", 2)) == [[1]]  # and alone, since it may fail again


def test_a_full_inbox_keeps_nothing(engine, monkeypatch):
    monkeypatch.setattr("switchboard.mailroom.inbox.MAX_WAITING", 2)
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2)])
    with pytest.raises(InboxFull):
        inbox.keep([arrival(3)])
    assert inbox.keep([arrival(2)]) == []  # a known one is acknowledged all the same
    settle(engine, inbox, inbox.take("a", 1)[0])
    assert inbox.keep([arrival(3)]) == ["a"]


def test_old_ids_are_forgotten_and_what_waits_is_not(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    inbox.keep([arrival(1), arrival(2)])
    settle(engine, inbox, inbox.take("a", 1)[0])
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


def test_a_first_part_that_failed_is_believed_however_late_the_second_went(engine, clock):
    outbox = Outbox(engine, "test", clock)
    add(engine, outbox, "in two parts")
    delivery, first_went = outbox.next("a"), clock.now
    clock.now += 60.0
    outbox.progress(delivery, 1)
    outbox.settle(delivery, SENT)
    failed = PartReceipt("a", delivery.id, 1, at=first_went)
    assert outbox.take_back(failed, REFUSED, "blocked")


def test_a_delivery_is_a_conversations_own(engine):
    outbox = Outbox(engine, "test")
    add(engine, outbox, "private")
    number = outbox.next("a").id
    assert outbox.get(number, "a") is not None
    assert outbox.get(number, "b") is None


def test_a_conversation_is_one_workers_until_it_is_gone(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    assert one.take("a")
    first = one.take("a")
    assert first
    assert not other.take("a")
    clock.now += LEASE - 1
    one.renew()
    clock.now += 2
    assert not other.take("a")
    clock.now += LEASE
    second = other.take("a")
    assert second
    one.release(first)  # too late: it is the other's
    assert not one.take("a")
    other.release(second)
    assert one.take("a")


def test_only_what_is_due_and_nobodys_is_idle(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    mine = Leases(engine, "test", "one", clock)
    inbox.keep([arrival(1, "a"), arrival(2, "b"), arrival(3, "c"), arrival(4, "c")])
    Inbox(engine, "other", clock).keep([arrival(5, "z")])
    add(engine, outbox, "hello", conversation="d")
    mine.take("a")
    postpone(engine, inbox, inbox.take("c", 1)[0], 60)
    assert idle(mine) == ["b", "d"]
    assert idle(mine, 1) == ["b"]
    outbox.postpone(outbox.next("d"), 60, "down")
    assert idle(mine) == ["b"]
    clock.now += 61
    assert set(idle(mine)) == {"a", "b", "c", "d"}


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
    assert sum(claim is not None for claim in taken) == 1


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
    assert numbers(inbox.take("a", 2)) == [list(range(10)), [10]]
    assert numbers(inbox.take("a", 1)) == [list(range(10))]


def test_two_albums_are_two(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1, batch="g"), arrival(2, batch="h"), arrival(3, batch="h")])
    assert numbers(inbox.take("a", 5)) == [[1], [2, 3]]


def test_only_what_is_old_is_forgotten(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    inbox.keep([arrival(1)])
    settle(engine, inbox, inbox.take("a", 1)[0])
    add(engine, outbox, "one")
    outbox.settle(outbox.next("a"), SENT)
    assert (inbox.forget(clock.now), outbox.forget(clock.now)) == (0, 0)
    assert inbox.keep([arrival(1)]) == []  # still known, so not answered twice
    assert (inbox.forget(clock.now + 1), outbox.forget(clock.now + 1)) == (1, 1)


def test_looking_at_what_waits_tries_nothing(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2), arrival(3, "b")])
    assert [entry.payload["number"] for entry in inbox.pending("a")] == [1, 2]
    assert inbox.take("a", 1)[0][0].attempts == 1


def test_of_what_is_answered_no_words_are_kept(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1)])
    settle(engine, inbox, inbox.take("a", 1)[0], "o" * 300)
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
    assert idle(other) == []
    clock.now += 0.5
    assert idle(other) == ["a"]
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
    first = one.take("a")
    one.take("b")
    one.release(first)
    assert other.take("a")
    assert not other.take("b")


def test_a_claim_holds_until_another_takes_it(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    mine = one.take("a")
    one.verify(mine)
    clock.now += LEASE + 1
    with engine.begin() as db:
        assert mine.holds(db)  # nobody wanted it
    theirs = other.take("a")
    assert theirs.generation > mine.generation
    with engine.begin() as db:
        assert theirs.holds(db)
        assert not mine.holds(db)
        with pytest.raises(LeaseLost):
            mine.require(db)
    with pytest.raises(LeaseLost):
        one.verify(mine)


def test_a_claim_given_back_and_taken_again_is_another(engine, clock):
    worker = Leases(engine, "test", "one", clock)
    first = worker.take("a")
    second = worker.take("a")
    worker.release(second)
    clock.now += 0.001
    third = worker.take("a")
    with engine.begin() as db:
        assert [c.holds(db) for c in (first, second, third)] == [False, False, True]


def test_nobody_takes_a_conversation_while_something_is_stored_for_it(engine, clock):
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    inbox = Inbox(engine, "test", clock)
    inbox.keep([arrival(1)])
    mine, taken = one.take("a"), []
    clock.now += LEASE + 1
    with engine.begin() as db:
        assert inbox.settle(db, inbox.pending("a"), "answered")
        mine.require(db)
        taking = threading.Thread(target=lambda: taken.append(other.take("a")))
        taking.start()
        taking.join(0.3)
        assert taken == []
    taking.join(10)
    assert taken[0] is not None


def test_what_a_clock_that_went_back_left_behind_is_due(engine, clock):
    inbox, outbox = Inbox(engine, "test", clock), Outbox(engine, "test", clock)
    one, other = (Leases(engine, "test", name, clock) for name in ("one", "other"))
    inbox.keep([arrival(1), arrival(2, "b")])
    add(engine, outbox, "hello", conversation="c")
    one.take("a")
    clock.now -= 3600
    assert idle(other) == ["a", "b", "c"]
    assert numbers(inbox.take("b", 1)) == [[2]]


def test_messages_stand_in_the_platforms_order(engine):
    inbox = Inbox(engine, "test")
    later, sooner = (
        replace(arrival(number), order=float(order)) for number, order in ((1, 7), (2, 5))
    )
    inbox.keep([later])
    inbox.keep([sooner])
    assert numbers(inbox.take("a", 5)) == [[2], [1]]
    assert [entry.payload["number"] for entry in inbox.pending("a")] == [2, 1]


def test_another_channels_flood_fills_nobody_elses_inbox(engine, monkeypatch):
    monkeypatch.setattr("switchboard.mailroom.inbox.MAX_WAITING", 2)
    Inbox(engine, "flooded").keep([arrival(1), arrival(2)])
    assert Inbox(engine, "test").keep([arrival(1), arrival(2)]) == ["a"]


def test_far_too_many_of_one_conversation_are_not_answered(engine, monkeypatch):
    monkeypatch.setattr("switchboard.mailroom.inbox.MAX_OF_ONE", 3)
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1), arrival(2)])
    inbox.keep([arrival(number) for number in (3, 4, 5)] + [arrival(6, "b")])
    assert numbers(inbox.take("a", 9)) == [[1], [2], [3]]
    assert numbers(inbox.take("b", 9)) == [[6]]
    assert inbox.keep([arrival(5)]) == []  # delivered again, it is known
    with engine.connect() as db:
        rows = db.exec_driver_sql("select payload from inbox where outcome='flood'").all()
    assert rows == [("",), ("",)]


def test_ids_that_no_database_keeps_are_kept(engine):
    inbox = Inbox(engine, "test")
    odd = [Arrival(f"\x00{n}\ud800", "a", {"number": n, "text": "\ud800"}) for n in (1, 2)]
    assert inbox.keep(odd) == ["a"]
    assert inbox.keep(odd) == []
    assert numbers(inbox.take("a", 5)) == [[1], [2]]


def test_of_the_dead_the_words_are_kept_for_a_person(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1)])
    with engine.begin() as db:
        assert inbox.settle(db, inbox.pending("a"), DEAD, "TypeError")
    with engine.connect() as db:
        row = db.exec_driver_sql("select payload, outcome, reason from inbox").one()
    assert (row.outcome, row.reason) == (DEAD, "TypeError")
    assert json.loads(row.payload)["number"] == 1


def test_what_waited_for_a_part_of_ours_does_not_count_against_it(engine):
    inbox = Inbox(engine, "test")
    inbox.keep([arrival(1)])
    for _ in range(4):
        postpone(engine, inbox, inbox.take("a", 1)[0], 0.0, away=True)
    (batch,) = inbox.take("a", 1)
    assert (batch[0].attempts, batch[0].away, batch[0].failures) == (5, 4, 1)


def test_what_is_settled_stays_settled(engine):
    outbox = Outbox(engine, "test")
    add(engine, outbox, "one")
    stale = outbox.next("a")
    outbox.settle(stale, SENT)
    outbox.postpone(stale, 5.0, "down")
    outbox.settle(stale, FAILED, "late")
    assert (outbox.get(stale.id, "a").state, outbox.next("a")) == (SENT, None)


def test_two_that_look_at_once_share_what_nobody_has(engine):
    Inbox(engine, "test").keep([arrival(n, f"c{n}") for n in range(40)])
    found: list[list[str]] = []

    def look(name):
        claims = Leases(engine, "test", name).take_idle(20)
        found.append([claim.conversation for claim in claims])

    threads = [threading.Thread(target=look, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [name for names in found for name in names]
    assert len(names) == len(set(names))
    assert len(names) >= 20


def test_what_one_process_stores_the_others_hear_of(engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite announces nothing; it is looked at every second")
    heard: queue.Queue[str] = queue.Queue()
    mine, theirs = (Listener(engine, "test", name, heard.put) for name in ("mine", "theirs"))
    mine.start()
    deadline = time.monotonic() + 10
    while not mine.listening:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    Inbox(engine, "other", worker="theirs").keep([arrival(1, "x")])
    Inbox(engine, "test", worker="mine").keep([arrival(2, "y")])
    Inbox(engine, "test", worker="theirs").keep([arrival(3, "z")])
    assert heard.get(timeout=5) == "z"
    add(engine, Outbox(engine, "test"), "from the desk", conversation="d")
    assert heard.get(timeout=5) == "d"
    with engine.connect() as db, db.begin() as undone:
        Outbox(engine, "test").add(db, "never", [Outgoing("no")])
        undone.rollback()
    assert heard.empty()
    with engine.connect() as db:  # the connection is cut, and made anew
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%%'"
        db.exec_driver_sql(cut)
    deadline = time.monotonic() + 20
    while True:
        Inbox(engine, "test", worker="theirs").keep([arrival(time.monotonic_ns(), "again")])
        try:
            assert heard.get(timeout=0.5) == "again"
            break
        except queue.Empty:
            assert time.monotonic() < deadline
    mine.stop()
    theirs.stop()
