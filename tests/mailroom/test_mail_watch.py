"""Faults of a channel: found, and told once an hour; dead letters for a person."""

import pytest
import sqlalchemy as sa

from switchboard.database.tables import inbox as inbox_rows
from switchboard.mailroom.dead_letters import DeadLetters, LetterKind
from switchboard.mailroom.inbox import DEAD, Arrival, Inbox
from switchboard.mailroom.mail_watch import AGAIN_SECONDS, WAITS_LONG, MailWatch
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import FAILED, SENT, Outbox
from tests.fakes.clock import Clock


@pytest.fixture
def clock():
    return Clock(100_000.0)


@pytest.fixture
def inbox(engine, clock):
    return Inbox(engine, "telegram", clock)


@pytest.fixture
def outbox(engine, clock):
    return Outbox(engine, "telegram", clock)


def dies(engine, inbox, text="cancel 4711", conversation="a"):
    payload = {"update_id": 7, "message": {"from": {"id": 3}, "text": text}}
    inbox.keep([Arrival(f"{conversation}-{text}", conversation, payload)])
    with engine.begin() as db:
        inbox.settle(db, inbox.pending(conversation), DEAD, "TypeError")


def answer(engine, outbox, text, state, reason=""):
    with engine.begin() as db:
        outbox.add(db, "a", [Outgoing(text)])
    outbox.settle(outbox.next("a"), state, reason)


def test_somebody_is_told_once_an_hour_and_never_by_two(engine, clock, inbox, outbox):
    told = []
    watches = [MailWatch(engine, told.append, clock) for _ in range(2)]
    for watch in watches:
        watch.attend()
    assert told == []
    with engine.begin() as db:
        outbox.add(db, "a", [Outgoing("hello")])
    outbox.postpone(outbox.next("a"), 60, "no access: 190")
    answer(engine, Outbox(engine, "web", clock), "on its way", FAILED, "unsure")
    dies(engine, inbox)
    inbox.keep([Arrival("waits", "b", {"text": "?"})])
    for watch in watches:
        watch.attend()
    assert sorted((one["event"], one["channel"], one["messages"]) for one in told) == [
        ("answers_died", "web", 1),
        ("messages_died", "telegram", 1),
        ("token_refused", "telegram", 1),
    ]
    told.clear()
    clock.now += WAITS_LONG + 1
    for watch in watches:
        watch.attend()
    assert [one["event"] for one in told] == ["messages_wait"]
    told.clear()
    clock.now += AGAIN_SECONDS
    for watch in watches:
        watch.attend()
    assert sorted(one["event"] for one in told) == ["messages_wait", "token_refused"]


def test_who_could_not_be_told_is_told_the_next_time(engine, clock, inbox):
    told = []

    def tell(trouble):
        told.append(trouble)
        if len(told) == 1:
            raise RuntimeError("no mail server")

    dies(engine, inbox)
    watch = MailWatch(engine, tell, clock)
    with pytest.raises(RuntimeError):
        watch.attend()
    watch.attend()
    watch.attend()
    assert len(told) == 2


def test_a_dead_letter_is_read_tried_again_or_dropped(engine, clock, inbox, outbox):
    letters = DeadLetters(engine, clock)
    dies(engine, inbox)
    clock.now += 10
    answer(engine, outbox, "on its way", FAILED, "unsure: no answer")
    answer(engine, outbox, "hello", SENT)
    newest = letters.newest()
    assert [(one.kind, one.words, one.reason) for one in newest] == [
        (LetterKind.ANSWER, "on its way", "unsure: no answer"),
        (LetterKind.MESSAGE, "cancel 4711", "TypeError"),
    ]
    for one in newest:
        assert letters.try_again(one.kind, one.id)
        assert not letters.try_again(one.kind, one.id)
    assert letters.newest() == []
    (batch,) = inbox.take("a", 5)
    assert (batch[0].payload["message"]["text"], batch[0].failures) == ("cancel 4711", 1)
    assert outbox.next("a").message.text == "on its way"


def test_what_is_dropped_leaves_no_words(engine, clock, inbox):
    letters = DeadLetters(engine, clock)
    dies(engine, inbox)
    (one,) = letters.newest()
    assert letters.drop(one.kind, one.id)
    assert not letters.try_again(one.kind, one.id)
    with engine.connect() as db:
        assert db.execute(sa.select(inbox_rows.c.payload)).scalars().all() == [""]
