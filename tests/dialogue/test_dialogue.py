"""Responses, the tracker store and the action client, each without a server."""

from __future__ import annotations

import asyncio
import time

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.lock_store import LockError
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from switchboard.database.connection import open_database
from switchboard.dialogue.action_client import install
from switchboard.dialogue.policy_responses import PolicyResponses
from switchboard.dialogue.tracker_store import WINDOW_EVENTS, ConversationTrackerStore
from switchboard.dialogue.turn_order import TurnOrder, overtaken
from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT as ROOT
from switchboard.shop.replies import read_replies
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.http import FakeServer
from tests.fakes.tickets import ASKED, close


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def responses(domain):
    return PolicyResponses(None, domain)


def test_facts_slots_and_what_an_action_gave_are_filled_in(responses):
    found = responses.generate_from_slots(
        "say_return_item_too_late", {}, "rest", order_number="4711", days_since="40", window="30"
    )
    assert "Order 4711 was delivered 40 days ago" in found["text"]
    assert "{" not in found["text"]


def test_replies_survive_the_loading_of_a_model(responses):
    responses.responses = {"utter_x": [{"text": "x"}]}
    assert "say_error" in responses.responses
    assert "utter_x" in responses.responses


def test_customer_text_is_no_template(responses):
    found = responses.generate_from_slots(
        "say_exchange_item_confirm", {}, "rest",
        item="x", order_number="1", wanted="{shop_phone} {0} {{}}",
    )  # fmt: skip
    assert "{shop_phone} {0} {{}}" in found["text"]


def test_a_name_in_two_files_is_an_error(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.yml").write_text("replies:\n  say_x:\n  - text: x\n")
    with pytest.raises(ConfigurationError, match="say_x"):
        read_replies(tmp_path)


@pytest.fixture
def database(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/conversations.db"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    return url


@pytest.fixture
def store(domain, database):
    return ConversationTrackerStore(domain=domain)


def turn(tracker, text="hi", intent="greet", at=None):
    data = {"intent": {"name": intent, "confidence": 1.0}}
    tracker.update(UserUttered(text, data["intent"], [], data, timestamp=at, input_channel="rest"))
    tracker.update(ActionExecuted("utter_greet"))
    tracker.update(BotUttered("Hello!"))
    tracker.update(ActionExecuted("action_listen"))


async def test_a_conversation_survives_a_restart(store, domain, database):
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker)
    tracker.update(SlotSet("order_number", "4711"))
    await store.save(tracker)
    await store.save(tracker)  # saving twice stores once
    fresh = await ConversationTrackerStore(domain=domain).retrieve("maya")
    assert fresh.get_slot("order_number") == "4711"
    assert list(fresh.events) == list(tracker.events)
    assert await store.retrieve("nobody") is None
    assert list(await store.keys()) == ["maya"]


async def test_two_processes_see_each_others_events(store, domain, database):
    one = await store.get_or_create_tracker("maya")
    turn(one)
    await store.save(one)
    other = ConversationTrackerStore(domain=domain)
    two = await other.retrieve("maya")
    turn(two, "again")
    await other.save(two)
    assert len((await store.retrieve("maya")).events) == len(two.events)


async def test_a_long_conversation_is_read_from_a_checkpoint(store, domain, database):
    tracker = await store.get_or_create_tracker("maya")
    tracker.update(SlotSet("order_number", "4711"))
    tracker.update(ActiveLoop("track_order_form"))
    for index in range(60):
        tracker = await store.retrieve("maya") if index else tracker
        turn(tracker, str(index))
        await store.save(tracker)
    short = await ConversationTrackerStore(domain=domain).retrieve("maya")
    assert len(short.events) <= WINDOW_EVENTS
    assert short.get_slot("order_number") == "4711"
    assert short.active_loop_name == "track_order_form"
    full = await store.retrieve_full_tracker("maya")
    texts = [e.text for e in full.events if isinstance(e, UserUttered)]
    assert texts == [str(index) for index in range(60)]


async def test_an_open_ticket_pauses_and_a_resolved_one_resumes(store, database):
    book = TicketBook(open_database(database))
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker)
    await store.save(tracker)
    ticket, _ = book.open("maya", "rest", tell_story([], ASKED, None, False))
    assert (await store.retrieve("maya")).is_paused()
    close(open_database(database), ticket)
    assert not (await store.retrieve("maya")).is_paused()


async def test_silence_begins_a_new_session_but_not_under_a_ticket(store, database):
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker, at=time.time() - 7200)
    tracker.update(SlotSet("order_number", "4711"))
    await store.save(tracker)
    again = await store.retrieve("maya")
    assert again.get_slot("order_number") is None
    paused = await store.get_or_create_tracker("tom")
    turn(paused, at=time.time() - 7200)
    paused.update(ConversationPaused())
    await store.save(paused)
    story = tell_story([], ASKED, None, False)
    TicketBook(open_database(database)).open("tom", "rest", story)
    assert (await store.retrieve("tom")).is_paused()


class FakeActions(FakeServer):
    status, content = 200, b"{}"

    def answer(self, method, path, headers, body):
        return self.status, self.content, {}


@pytest.mark.parametrize(
    ("status", "content"),
    [(500, b'{"error": "my card is 4111"}'), (200, b"<html>"), (200, b'{"events": 5}')],
)
async def test_a_failing_action_server_is_an_apology_said_once(
    domain, responses, status, content, caplog
):
    install()
    server = FakeActions()
    server.status, server.content = status, content
    action = RemoteAction("action_handoff", EndpointConfig(server.url))
    tracker = DialogueStateTracker("maya", domain.slots)
    tracker.update(UserUttered("hi"))
    channel = CollectingOutputChannel()
    events = await action.run(channel, responses, tracker, domain)
    server.close()
    assert "not answering" in events[0].text
    assert isinstance(events[1], ActiveLoop)
    tracker.update(events[0])
    again = await action.run(channel, responses, tracker, domain)
    assert not any(isinstance(event, BotUttered) for event in again)
    assert "4111" not in caplog.text


class TestTurnOrder:
    async def test_messages_of_one_conversation_come_in_order_and_others_beside(self):
        store, order = TurnOrder(), []
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def message(sender, name, wait=False):
            async with store.lock(sender):
                order.append(f"{name} begins")
                if wait:
                    begun.set()
                    await go_on.wait()
                order.append(f"{name} ends")

        first = asyncio.create_task(message("maya", "1", wait=True))
        await begun.wait()
        later = [asyncio.create_task(message("maya", str(n))) for n in (2, 3)]
        await message("tom", "other")
        go_on.set()
        for _ in range(50):  # turns of the loop: nobody sleeps before looking whether it is free
            await asyncio.sleep(0)
        assert all(task.done() for task in (first, *later))
        await asyncio.gather(first, *later)
        assert order == [
            "1 begins", "other begins", "other ends", "1 ends",
            "2 begins", "2 ends", "3 begins", "3 ends",
        ]  # fmt: skip

    async def test_who_is_served_hears_that_the_next_one_waits(self):
        store = TurnOrder()
        assert overtaken("maya") is None
        async with store.lock("maya"):
            newer = overtaken("maya")
            assert not newer.is_set()

            async def next_message():
                async with store.lock("maya"):
                    assert not overtaken("maya").is_set()

            waiting = asyncio.create_task(next_message())
            await asyncio.wait_for(newer.wait(), 1)
        await waiting
        assert overtaken("maya") is None

    async def test_a_turn_that_never_comes_is_an_error(self):
        store = TurnOrder()
        async with store.lock("maya"):
            with pytest.raises(LockError):
                async with store.lock("maya", lock_lifetime=0.05):
                    pass
        async with store.lock("maya", lock_lifetime=0.05):
            pass


def open_ticket(database, sender="maya"):
    story = tell_story([], ASKED, None, False)
    return TicketBook(open_database(database)).open(sender, "rest", story)[0]


async def test_who_goes_to_a_person_leaves_the_form_behind(store, database):
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker, "cancel my order", "cancel_order")
    tracker.update(ActiveLoop("cancel_order_form"))
    tracker.update(SlotSet("requested_slot", "order_confirm"))
    await store.save(tracker)
    ticket = open_ticket(database)
    with_person = await store.retrieve("maya")
    assert with_person.is_paused()
    assert with_person.active_loop_name is None
    assert with_person.get_slot("requested_slot") is None
    with_person.update(UserUttered("are you there?"))
    await store.save(with_person)
    close(open_database(database), ticket)
    again = await store.retrieve("maya")  # nor does the bot find it again
    assert not again.is_paused()
    assert again.active_loop_name is None
    assert again.get_slot("requested_slot") is None


async def test_a_ticket_that_has_ended_is_forgotten(store, domain, database):
    ticket = open_ticket(database)
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker, "a person please", "contact_human_agent")
    tracker.update(SlotSet("handoff_ticket", ticket.reference))
    tracker.update(ConversationPaused())
    await store.save(tracker)
    assert (await store.retrieve("maya")).get_slot("handoff_ticket") == ticket.reference
    close(open_database(database), ticket)
    for reader in (store, ConversationTrackerStore(domain=domain)):
        again = await reader.retrieve("maya")
        assert not again.is_paused()
        assert again.get_slot("handoff_ticket") is None


async def test_a_pause_outlives_a_long_conversation(store, domain, database):
    """Whoever writes a hundred lines to a person is not heard by the bot meanwhile."""
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker)
    await store.save(tracker)
    open_ticket(database)
    tracker = await store.retrieve("maya")
    for index in range(100):
        tracker.update(
            UserUttered(str(index), {"name": "inform"}, [], {"intent": {"name": "inform"}})
        )
        await store.save(tracker)
        tracker = await store.retrieve("maya")
    window = store._log.window("maya")
    assert window.state[-1]["event"] == "pause"  # in the checkpoint, not added at each reading
    pauses = [e for e in await events_of(store, "maya") if isinstance(e, ConversationPaused)]
    assert len(pauses) == 1


async def events_of(store, sender):
    return (await store.retrieve_full_tracker(sender)).events


@pytest.mark.parametrize("language", ["zh", "fr"])
async def test_a_new_session_speaks_the_language_of_the_last(store, domain, language):
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker, at=time.time() - 7200)
    tracker.update(SlotSet("language", language))
    tracker.update(SlotSet("order_number", "4711"))
    await store.save(tracker)
    for reader in (store, ConversationTrackerStore(domain=domain)):
        again = await reader.retrieve("maya")
        assert again.get_slot("language") == language
        assert again.get_slot("order_number") is None


async def test_only_so_many_conversations_are_kept_in_memory(store, monkeypatch):
    monkeypatch.setattr("switchboard.dialogue.tracker_store.MAX_LIVE", 3)
    kept = {}
    for sender in ("a", "b", "c", "d", "e"):
        kept[sender] = await store.get_or_create_tracker(sender)
        turn(kept[sender])
        await store.save(kept[sender])
    in_memory = [sender for sender in kept if await store.retrieve(sender) is kept[sender]]
    assert in_memory == ["c", "d", "e"]  # who wrote last


async def test_what_another_process_wrote_is_not_overlooked_in_memory(store, domain):
    mine = await store.get_or_create_tracker("maya")
    turn(mine)
    await store.save(mine)
    other = ConversationTrackerStore(domain=domain)
    theirs = await other.retrieve("maya")
    theirs.update(SlotSet("order_number", "4711"))
    await other.save(theirs)
    again = await store.retrieve("maya")
    assert again is not mine
    assert again.get_slot("order_number") == "4711"


async def test_an_erased_conversation_is_gone_from_memory_too(store):
    tracker = await store.get_or_create_tracker("maya")
    turn(tracker)
    await store.save(tracker)
    await store.delete("maya")
    assert await store.retrieve("maya") is None


async def test_a_turn_keeps_how_angry_it_was(store, database):
    tracker = await store.get_or_create_tracker("maya")
    mood = {"anger": 0.4, "displeasure": 0.9, "negative": 0.8}
    for parsed in ({"mood": mood}, {}):
        data = {"intent": {"name": "greet"}, **parsed}
        tracker.update(UserUttered("hi", data["intent"], [], data))
    await store.save(tracker)
    with open_database(database).connect() as db:
        found = db.exec_driver_sql("select mood from turns order by id").scalars().all()
    assert found == [0.4, None]
