"""What was said by itself, in the conversation that goes on after it; and how it is stopped."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.database.connection import open_database
from switchboard.database.tables import identity_proofs, outreach_consents, outreach_stops
from switchboard.dialogue.policy_responses import PolicyResponses
from switchboard.dialogue.tracker_store import ConversationTrackerStore
from switchboard.nlu.reply_reader import ReplyReader
from switchboard.outreach import outreach_rules
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import News, NewsKind, NewsTopic
from switchboard.project import PROJECT
from switchboard.rasa_services import rasa_services

WHO, DAY = "telegram:5", 86400.0


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(PROJECT / "domain.yml"))


@pytest.fixture
def engine(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/conversations.db"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    monkeypatch.setenv("SWITCHBOARD_ORDERS_WEBHOOK_SECRET", "a shared secret")
    monkeypatch.setattr(outreach_rules, "_quiet", lambda _policy: None)
    return open_database(url)


@pytest.fixture
def store(domain, engine):
    return ConversationTrackerStore(domain=domain)


def hear(tracker, text, intent="track_order", at=None):
    data = {"intent": {"name": intent, "confidence": 1.0}}
    said = UserUttered(text, data["intent"], [], data, input_channel="telegram")
    said.timestamp = at or time.time()
    tracker.update(said)
    tracker.update(ActionExecuted("action_listen"))


async def spoke(store, engine, ago):
    """A customer who asked to be told of an order, some seconds ago."""
    tracker = await store.get_or_create_tracker(WHO)
    hear(tracker, "tell me when it ships", at=time.time() - ago)
    tracker.update(SlotSet("order_quote", "stale"))
    await store.save(tracker)
    row = {"conversation_id": WHO, "order_number": "4711", "used_at": time.time()}
    with engine.begin() as db:
        db.execute(sa.insert(identity_proofs).values(**row))
    consents = rasa_services().outreach.consents
    assert consents.agree(WHO, "telegram", NewsKind.DELIVERY, "4711")
    return consents


@pytest.mark.parametrize("ago", [60.0, 3 * DAY])
async def test_cancel_it_then_is_about_the_order_that_was_told_of(store, engine, ago):
    await spoke(store, engine, ago)
    NewsInbox(engine).keep(News("shop:1", NewsTopic.LATE, "4711"))
    rasa_services().outreach.attend()
    tracker = await store.retrieve(WHO)
    assert tracker.get_slot("order_number") == "4711"
    assert tracker.get_slot("order_quote") is None
    assert "later than planned" in tracker.get_last_event_for(BotUttered).text
    hear(tracker, "ok, cancel it then", "cancel_order")
    await store.save(tracker)
    again = await ConversationTrackerStore(domain=store.domain).retrieve(WHO)
    assert again.get_slot("order_number") == "4711"


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("stop", True),
        ("/stop", True),
        ("别再通知我了", True),
        ("please stop messaging me", True),
        ("where is it", False),
        ("stop the order", False),
    ],
)
async def test_stop_is_stored_with_the_turn_that_says_it(store, engine, text, ends):
    consents = await spoke(store, engine, 60)
    tracker = await store.retrieve(WHO)
    hear(tracker, text, "stop")
    await store.save(tracker)
    assert consents.agreed(WHO) is not ends
    with engine.connect() as db:
        assert bool(db.execute(sa.select(outreach_stops)).all()) is ends
        assert len(db.execute(sa.select(outreach_consents)).all()) == 1


async def test_stop_is_answered_by_what_it_ends(store, engine, domain):
    await spoke(store, engine, 60)
    responses = PolicyResponses(None, domain)
    tracker = await store.retrieve(WHO)
    hear(tracker, "stop", "stop")
    said = await responses.generate("utter_stopped", tracker, "telegram")
    assert "won't write to you by myself" in said["text"]
    other = await store.get_or_create_tracker("telegram:6")
    hear(other, "stop", "stop")
    said = await responses.generate("utter_stopped", other, "telegram")
    assert said is None  # the domain of this test has no texts of its own


@pytest.mark.parametrize(
    ("text", "intent", "becomes"),
    [
        ("let me know when it's on its way", "delivery_period", "track_order"),
        ("退款到账了告诉我", "get_refund", "track_refund"),
        ("tell me when the mug is back in stock", "check_variants", "nlu_fallback"),
        ("no more notifications please", "newsletter_subscription", "stop"),
        ("is the mug back?", "check_variants", "check_variants"),
        ("tell me when it ships or I'll jump", "self_harm", "self_harm"),
    ],
)
async def test_a_wish_leads_to_what_has_to_be_known_for_it(store, engine, text, intent, becomes):
    ranking = [{"name": intent, "confidence": 0.5}]
    said = Message(data={TEXT: text, INTENT: ranking[0], INTENT_RANKING_KEY: ranking, ENTITIES: []})
    tracker = await store.get_or_create_tracker("telegram:7")
    ReplyReader({}).process([said], tracker)
    assert said.get(INTENT)["name"] == becomes
