"""A lane by itself: what is tried again, how often, from where, and what never is."""

from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from switchboard.channels import lane, retries
from switchboard.channels.lane import ChannelParts, ChannelTexts, Lane, Limits
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.database.tables import inbox as inbox_rows
from switchboard.database.tables import lanes, outreach_due
from switchboard.database.tables import outbox as outbox_rows
from switchboard.errors import LeaseLost, PartAway
from switchboard.mailroom import leases
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.leases import Leases
from switchboard.mailroom.message import AGENT, BOT, Incoming, Outgoing
from switchboard.mailroom.outbox import PartReceipt
from switchboard.mailroom.pacing import computing
from switchboard.outreach.consents import WishBook
from switchboard.outreach.due_messages import plan

APOLOGY, ONE_MOMENT = Outgoing("Sorry, a fault on our side."), Outgoing("One moment.")
HOUR = 3600.0


class ScriptedPlatform(Platform):
    """Takes calls, unless `troubles` has one; a text is sent in parts at `|`."""

    def __init__(self):
        self.tried, self.taken, self.troubles = [], [], []
        self.instead = False
        self.other_form = None

    async def read(self, batch):
        return Incoming(" ".join(arrival.payload["text"] for arrival in batch))

    def calls(self, delivery):
        other = Call("plain", {}) if self.instead else None
        return [Call(text, {}, other) for text in delivery.message.text.split("|")]

    async def send(self, conversation, call):
        self.tried.append(call.method)
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is not None:
                raise trouble
        self.taken.append(call.method)

    def instead_of(self, message):
        return None if message == self.other_form else self.other_form

    async def show_typing(self, conversation):
        """Nobody looks."""

    async def close(self):
        """Nothing is held open."""


class ScriptedAssistant:
    def __init__(self):
        self.heard, self.fails, self.meanwhile = [], set(), None
        self.away, self.away_for, self.kills = False, [], set()

    async def hear(self, conversation, message, message_id, again):
        self.heard.append((message.text, again))
        if self.meanwhile:
            self.meanwhile()
        if message.text in self.fails:
            raise RuntimeError(message.text)
        if message.text in self.kills:
            raise asyncio.CancelledError
        if self.away or message.text in self.away_for:
            self.away_for.clear()
            raise PartAway("the action server")
        async with computing():
            pass
        return [Outgoing(f"on {message.text}")]

    def texts(self):
        return [text for text, _ in self.heard]


@pytest.fixture
def platform():
    return ScriptedPlatform()


@pytest.fixture
def assistant():
    return ScriptedAssistant()


@pytest.fixture
async def parts(engine, platform, assistant, monkeypatch):
    monkeypatch.setattr(retries, "DELIVERY_SECONDS", 0.01)
    texts = ChannelTexts(APOLOGY, ONE_MOMENT)
    parts = ChannelParts("test", engine, platform, assistant, texts, Limits())
    yield parts
    await parts.close()


async def run(parts, seconds=5.0):
    """A lane until it has nothing to do, as the dispatcher starts one."""
    claim = parts.leases.take("a")
    await asyncio.wait_for(Lane("a", parts).run(claim), seconds)


def post(parts, text, author=BOT, **more):
    with parts.outbox.engine.begin() as db:
        (number,) = parts.outbox.add(db, "a", [Outgoing(text, author=author)])
        mine = outbox_rows.c.id == number
        db.execute(sa.update(outbox_rows).where(mine).values(**{"attempts": 0, **more}))
    return number


def put_off(parts, batch, seconds):
    with parts.outbox.engine.begin() as db:
        parts.inbox.postpone(db, batch, seconds)


def came(parts, *texts, batch=""):
    parts.inbox.keep([Arrival(f"m-{text}", "a", {"text": text}, batch) for text in texts])


def outcomes(engine):
    with engine.connect() as db:
        query = sa.select(inbox_rows.c.outcome, inbox_rows.c.reason).order_by(inbox_rows.c.id)
        return [tuple(row) for row in db.execute(query)]


def state(parts, number):
    return parts.outbox.get(number, "a").state


def soon(trouble):
    return Undelivered(trouble, retry_after=0.01)


async def test_what_may_have_arrived_is_a_persons_to_say_again(parts, platform):
    number = post(parts, "Here is your refund.", AGENT)
    platform.troubles = [soon(Trouble.UNSURE)]
    await run(parts)
    assert platform.tried == ["Here is your refund."]
    assert state(parts, number) == "failed"


@pytest.mark.parametrize(
    ("trouble", "author"),
    [(Trouble.UNSURE, BOT), (Trouble.DOWN, AGENT), (Trouble.RATE, BOT), (Trouble.ACCESS, BOT)],
)
async def test_what_may_go_later_is_tried_again(parts, platform, trouble, author):
    number = post(parts, "hello", author)
    platform.troubles = [soon(trouble), soon(trouble)]
    await run(parts)
    assert (platform.tried, platform.taken) == (["hello"] * 3, ["hello"])
    assert state(parts, number) == "sent"


@pytest.mark.parametrize("by", [0.2, 20.0])
async def test_a_platform_that_confirms_is_waited_for(parts, platform, monkeypatch, by):
    monkeypatch.setattr(retries, "WORD_SECONDS", 1.0)
    platform.confirms = True
    number = post(parts, "hello|again")
    platform.troubles = [None, Undelivered(Trouble.UNSURE)]

    def confirm():
        parts.outbox.confirm([PartReceipt("a", number, 2)])

    asyncio.get_running_loop().call_later(by, confirm)
    await run(parts)
    assert platform.tried == ["hello", "again"] + ["again"] * (by > 1)
    assert state(parts, number) == "sent"


@pytest.mark.parametrize("trouble", [Trouble.BLOCKED, Trouble.WINDOW, Trouble.INVALID])
async def test_a_refusal_is_final_and_holds_up_nothing(parts, platform, trouble):
    numbers = [post(parts, text) for text in ("one", "two")]
    platform.troubles = [soon(trouble)]
    await run(parts)
    assert platform.tried == ["one", "two"]
    assert [state(parts, number) for number in numbers] == ["refused", "sent"]


@pytest.mark.parametrize("trouble", [Trouble.BLOCKED, Trouble.WINDOW, Trouble.INVALID])
async def test_what_comes_too_late_goes_in_another_form_once(parts, platform, trouble):
    platform.other_form = Outgoing("in another form")
    numbers = [post(parts, text) for text in ("one|and more", "two")]
    platform.troubles = [soon(trouble), None, soon(trouble)]
    await run(parts)
    late = trouble is Trouble.WINDOW
    assert platform.tried == ["one", "two"] + ["in another form"] * late
    assert [state(parts, number) for number in numbers] == ["refused", "sent"]
    told = [why for _, why in parts.outbox.counts() if why.endswith("; sent in another form")]
    assert len(told) == late  # and what went instead is not replaced again


@pytest.mark.parametrize("asked", [0.0, 0.01])
async def test_a_delivery_is_given_up_by_its_age_and_not_by_its_tries(parts, platform, asked):
    old = time.time() - 2 * HOUR - 1
    numbers = [
        post(parts, "one", attempts=2, created_at=old),
        post(parts, "two", attempts=500, created_at=old + 60),
    ]
    platform.troubles = [Undelivered(Trouble.RATE, retry_after=asked)]
    await run(parts)
    assert platform.tried == ["one", "two"]
    assert [state(parts, number) for number in numbers] == ["failed", "sent"]
    again = post(parts, "three", created_at=old + 60, attempts=500)
    platform.troubles = [Undelivered(Trouble.RATE, retry_after=asked)]
    working = asyncio.create_task(run(parts))
    await asyncio.sleep(0.3)
    assert state(parts, again) == "waiting"
    working.cancel()


@pytest.mark.parametrize(
    ("asked", "attempts", "wait"),
    [(90.0, 0, 90.0), (0.0, 3, 8.0), (0.0, 12, 600.0), (1800.0, 12, 900.0), (1.0, 12, 30.0)],
)
async def test_the_wait_is_the_platforms_or_grows_to_ten_minutes(
    parts, platform, asked, attempts, wait, monkeypatch
):
    monkeypatch.setattr(retries, "DELIVERY_SECONDS", 1.0)
    post(parts, "hello", attempts=attempts)
    platform.troubles = [Undelivered(Trouble.RATE, retry_after=asked)]
    before = time.time()
    await run(parts)  # the lane does not sleep through it
    waiting = parts.outbox.next("a")
    assert waiting.attempts == attempts + 1
    assert wait <= waiting.due_at - before < wait + 5


async def test_parts_that_arrived_are_not_sent_again(parts, platform):
    post(parts, "one|two|three")
    platform.troubles = [None, soon(Trouble.DOWN)]
    await run(parts)
    assert platform.tried == ["one", "two", "two", "three"]


async def test_what_was_sent_is_noted_however_long_the_database_is_away(
    parts, platform, monkeypatch
):
    away, settle = [3], parts.outbox.settle

    def settle_later(*given):
        if away[0]:
            away[0] -= 1
            raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))
        settle(*given)

    monkeypatch.setattr(parts.outbox, "settle", settle_later)
    monkeypatch.setattr(lane, "NOTE_SECONDS", 0.01)
    number = post(parts, "hello")
    await run(parts)
    assert platform.tried == ["hello"]
    assert state(parts, number) == "sent"


async def test_nor_by_the_next_process(parts, platform):
    post(parts, "one|two|three")
    platform.troubles = [None, None, asyncio.CancelledError()]  # killed in the third
    with pytest.raises(asyncio.CancelledError):
        await run(parts)
    await run(parts)
    assert platform.taken == ["one", "two", "three"]


def killed(parts):
    """As after kill -9 of another process, whose lease has run out."""
    row = {"conversation": "a", "worker": "dead", "generation": 1, "until": time.time() - 1}
    with parts.outbox.engine.begin() as db:
        db.execute(sa.insert(lanes).values(**row))


@pytest.mark.parametrize("by", [0.3, 20.0])
@pytest.mark.parametrize("author", [BOT, AGENT])
async def test_what_a_dead_process_may_have_sent_waits_for_the_platforms_word(
    parts, platform, monkeypatch, by, author
):
    monkeypatch.setattr(retries, "WORD_SECONDS", 1.0)
    platform.confirms = True
    number = post(parts, "hello", author, begun=1 if author == AGENT else 0)
    post(parts, "bye")
    killed(parts)

    def confirm():
        parts.outbox.confirm([PartReceipt("a", number, 1)])

    asyncio.get_running_loop().call_later(by, confirm)
    await run(parts)
    # What a person wrote is not repeated by itself; it shows as failed.
    assert platform.tried == ["hello"] * (by > 1 and author == BOT) + ["bye"]
    assert state(parts, number) == ("failed" if by > 1 and author == AGENT else "sent")


@pytest.mark.parametrize(("confirms", "dead"), [(False, True), (True, False)])
async def test_without_word_to_come_nothing_is_waited_for(
    parts, platform, monkeypatch, confirms, dead
):
    platform.confirms = confirms
    post(parts, "hello")
    if dead:
        killed(parts)
    await run(parts, seconds=3)
    assert platform.tried == ["hello"]


async def test_what_this_process_holds_already_is_not_waited_for(parts, platform):
    platform.confirms = True
    post(parts, "hello")
    assert parts.leases.take("a")  # as the poll does, in the moment in which it came
    await run(parts, seconds=3)
    assert platform.tried == ["hello"]


async def test_what_is_answered_after_a_process_ended_goes_at_once(parts, platform):
    platform.confirms = True
    came(parts, "one")
    killed(parts)
    await run(parts, seconds=3)
    assert platform.tried == ["on one"]


@pytest.mark.parametrize(
    ("trouble", "tried"),
    [
        (Trouble.WINDOW, ["rich", "plain"]),
        (Trouble.INVALID, ["rich", "plain"]),
        (Trouble.DOWN, ["rich", "rich"]),
        (Trouble.BLOCKED, ["rich"]),
    ],
)
async def test_another_call_goes_instead_only_where_the_first_never_will(
    parts, platform, trouble, tried
):
    platform.instead = True
    post(parts, "rich")
    platform.troubles = [soon(trouble)]
    await run(parts)
    assert platform.tried == tried


async def test_a_turn_that_fails_is_tried_three_times_ever_later(
    parts, platform, assistant, monkeypatch
):
    monkeypatch.setattr(retries, "TURN_SECONDS", 10.0)
    assistant.fails = {"hello"}
    came(parts, "hello")
    for wait in (10.0, 20.0):
        before = time.time()
        await run(parts)
        pending = parts.inbox.pending("a")
        assert wait <= pending[0].due_at - before < wait + 5
        assert platform.taken == []
        put_off(parts, pending, -1.0)
    await run(parts)
    assert platform.taken == [APOLOGY.text]
    assert parts.inbox.pending("a") == []
    assert assistant.heard == [("hello", False), ("hello", True), ("hello", True)]


async def test_nothing_begins_before_a_turn_that_is_tried_again(parts, assistant, monkeypatch):
    monkeypatch.setattr(retries, "TURN_SECONDS", 0.0)
    assistant.fails = {"one"}
    came(parts, "one", "two", "three")
    await run(parts)
    assert "three" not in assistant.texts()
    assistant.fails = set()
    await run(parts)
    assert assistant.texts()[-1] == "three"
    assert parts.inbox.pending("a") == []


async def test_what_another_process_answered_meanwhile_is_not_answered_twice(
    parts, platform, assistant, engine
):
    def answered_elsewhere():
        with engine.begin() as db:
            parts.inbox.settle(db, parts.inbox.pending("a"), "answered")

    assistant.meanwhile = answered_elsewhere
    came(parts, "hello")
    await run(parts)
    assert assistant.texts() == ["hello"]
    assert platform.tried == []


async def test_the_rest_of_an_album_is_waited_for(parts, platform, assistant):
    came(parts, "one", batch="g")
    working = asyncio.create_task(run(parts))
    await asyncio.sleep(0.2)
    came(parts, "two", batch="g")
    await working
    assert assistant.texts() == ["one two"]
    assert platform.taken == ["on one two"]


async def test_answers_go_out_in_the_order_of_the_messages(parts, platform, assistant):
    came(parts, *"12345")
    await run(parts)
    assert assistant.texts() == list("12345")
    assert platform.taken == [f"on {number}" for number in "12345"]


async def test_a_turn_waits_for_a_part_that_is_away_and_its_customer_is_told_once(
    parts, platform, assistant, monkeypatch
):
    monkeypatch.setattr(retries, "AWAY_SECONDS", 0.0)
    assistant.away = True
    came(parts, "one", "two")
    for _ in range(9):
        await run(parts)
    assert platform.taken == [ONE_MOMENT.text]
    assert assistant.texts().count("one") == 9
    assistant.away = False
    await run(parts)
    assert platform.taken == [ONE_MOMENT.text, "on one", "on two"]


async def test_a_part_that_is_back_soon_is_not_mentioned(parts, platform, assistant, monkeypatch):
    monkeypatch.setattr(retries, "AWAY_SECONDS", 0.0)
    assistant.away = True
    came(parts, "one")
    await run(parts)
    await run(parts)
    assistant.away = False
    await run(parts)
    assert platform.taken == ["on one"]


async def test_after_two_hours_nobody_waits_for_a_part_any_more(parts, platform, assistant, engine):
    assistant.away = True
    came(parts, "one")
    with engine.begin() as db:
        db.execute(sa.update(inbox_rows).values(received_at=time.time() - 2 * HOUR - 1))
    await run(parts)
    assert platform.taken == [APOLOGY.text]
    assert outcomes(engine) == [("dead", "a part was away for too long")]


async def test_the_second_does_not_overtake_a_first_that_was_put_off(
    parts, platform, assistant, monkeypatch
):
    monkeypatch.setattr(retries, "AWAY_SECONDS", 0.0)
    assistant.away_for = ["one"]
    came(parts, "one", "two")
    await run(parts)
    assert platform.taken == []
    await run(parts)
    assert platform.taken == ["on one", "on two"]


async def test_a_message_that_kills_the_process_is_given_up(parts, platform, assistant, engine):
    came(parts, "one", "two")
    assistant.kills = {"one"}
    for _ in range(retries.CRASHES):
        with pytest.raises(asyncio.CancelledError):
            await run(parts)
    assistant.heard.clear()
    await run(parts)
    assert assistant.texts() == ["two"]
    assert platform.taken == [APOLOGY.text, "on two"]
    assert outcomes(engine)[0] == ("dead", "the process ended at each try")


async def test_what_a_person_wrote_is_not_sent_twice_when_the_process_ends(parts, platform, engine):
    number = post(parts, "Here is your refund.", AGENT)
    other = post(parts, "on hello")
    platform.troubles = [asyncio.CancelledError()]  # killed while the platform thinks about it
    with pytest.raises(asyncio.CancelledError):
        await run(parts)
    await run(parts)
    assert platform.tried == ["Here is your refund.", "on hello"]
    assert [state(parts, number), state(parts, other)] == ["failed", "sent"]
    assert "ended while it was sent" in parts.outbox.get(number, "a").reason


class CallingPlatform(ScriptedPlatform):
    """Calls for its answers: while `open`, it takes one unless it has left; `cut` ends the process
    while it is written."""

    def __init__(self):
        super().__init__()
        self.given, self.open, self.left, self.cut, self.again = [], True, False, False, False

    def waits_for(self, conversation, call):
        return self.open

    async def hand_over(self, conversation, call):
        if self.cut:
            raise asyncio.CancelledError
        self.open = False
        if not self.left:
            self.given.append(call.method)
        return not self.left

    def called_again(self, conversation):
        return self.again


@pytest.fixture
def calling(parts):
    parts.platform = CallingPlatform()
    return parts.platform


async def end_at_an_answer(parts, calling, text):
    """A process that ends while it answers the platform's call; the number of the delivery."""
    number = post(parts, text)
    calling.cut = True
    with pytest.raises(asyncio.CancelledError):
        await run(parts)
    calling.cut = calling.open = False
    return number


async def test_a_call_that_waits_gets_the_first_part(parts, calling):
    number = post(parts, "one|two")
    await run(parts)
    assert (calling.given, calling.taken) == (["one"], ["two"])
    assert state(parts, number) == "sent"


async def test_an_answer_in_whose_middle_the_process_ends_is_not_given_twice(
    parts, calling, monkeypatch
):
    monkeypatch.setattr(retries, "CALLED_SECONDS", 0.2)
    number = await end_at_an_answer(parts, calling, "one|two")
    await run(parts)
    assert (calling.given, calling.taken) == ([], ["two"])
    assert state(parts, number) == "sent"


async def test_but_it_is_when_the_platform_calls_for_it_again(parts, calling, monkeypatch):
    monkeypatch.setattr(retries, "CALLED_SECONDS", 0.2)
    number = await end_at_an_answer(parts, calling, "one|two")
    calling.again = True
    await run(parts)
    assert calling.taken == ["one", "two"]
    assert state(parts, number) == "sent"


async def test_for_which_it_is_given_time(parts, calling):
    number = await end_at_an_answer(parts, calling, "one")
    wait = parts.outbox.get(number, "a").due_at - time.time()
    assert 15 < wait <= retries.CALLED_SECONDS
    await run(parts)
    assert (calling.taken, state(parts, number)) == ([], "waiting")


async def test_what_no_call_took_is_sent_until_it_is_taken(parts, calling):
    post(parts, "one")
    calling.left, calling.troubles = True, [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await run(parts)
    await run(parts)
    assert (calling.tried, calling.taken) == (["one", "one"], ["one"])


async def test_a_process_that_was_frozen_stores_and_sends_nothing_more(
    parts, platform, assistant, engine
):
    other = Leases(engine, "test", "other")

    def froze():
        with engine.begin() as db:
            db.execute(sa.update(lanes).values(until=0.0))
        assert other.take("a")

    came(parts, "hello")
    post(parts, "said before")
    assistant.meanwhile = froze
    with pytest.raises(LeaseLost):
        await run(parts)
    assert "on hello" not in platform.taken
    assert [entry.payload["text"] for entry in parts.inbox.pending("a")] == ["hello"]


async def test_who_renews_too_late_asks_before_it_sends(parts, platform, engine, monkeypatch):
    post(parts, "hello")
    claim = parts.leases.take("a")
    with engine.begin() as db:
        db.execute(sa.update(lanes).values(until=0.0))
    other = Leases(engine, "test", "other")
    other.release(other.take("a"))  # as if it had sent the message and left
    later = leases._running_for() + leases.LEASE
    monkeypatch.setattr(leases, "_running_for", lambda: later)
    parts.leases.renew()  # which is the first that it does when it wakes
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(Lane("a", parts).run(claim), 20)
    assert platform.tried == []


async def test_what_it_had_read_before_it_froze_is_not_sent(parts, platform, engine, monkeypatch):
    post(parts, "hello")
    claim = parts.leases.take("a")
    with engine.begin() as db:
        db.execute(sa.update(lanes).values(until=0.0))
    assert Leases(engine, "test", "other").take("a")
    monkeypatch.setattr("switchboard.mailroom.leases.CERTAIN", -1.0)  # it did not renew in time
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(Lane("a", parts).run(claim), 20)
    assert platform.tried == []


@pytest.mark.parametrize("stopped", [False, True])
async def test_what_is_said_by_itself_is_asked_about_right_before_it_is_sent(
    parts, platform, stopped
):
    where = ("telegram", "order.late", time.time())
    with parts.outbox.engine.begin() as db:
        plan(db, "e-1", "a", *where, facts={})
        (due,) = db.execute(sa.select(outreach_due.c.id)).scalars()
        db.execute(sa.update(outreach_due).values(state="said"))
        (number,) = parts.outbox.add(db, "a", [Outgoing("It is late.", by_itself=due)])
        if stopped:
            WishBook(parts.outbox.engine).stop(db, "a")
    answer = post(parts, "an answer")
    await run(parts)
    assert platform.taken == (["an answer"] if stopped else ["It is late.", "an answer"])
    assert state(parts, number) == ("refused" if stopped else "sent")
    assert state(parts, answer) == "sent"
