"""A turn's route is decided once, carried on its event, and recorded once."""

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    UserUttered,
)

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route, decided
from switchboard.conversations.turns import AN_EARLIER_ONE, CONTINUES, ROUTE, THIS_MESSAGE
from switchboard.database.connection import open_database
from switchboard.database.tables import turns
from switchboard.dialogue.intent_rule_policy import recent_moods, settle_route
from switchboard.dialogue.tracker_store import ConversationTrackerStore
from switchboard.project import PROJECT
from switchboard.tickets.story import read_lines, tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED

DISPLEASED = {"level": "displeased", "displeasure": 0.6}


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(PROJECT / "domain.yml"))


@pytest.fixture
def engine(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/conversations.db"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    return open_database(url)


@pytest.fixture
def store(domain, engine):
    return ConversationTrackerStore(domain=domain)


def hear(tracker, text, intent, **more):
    data = {"intent": {"name": intent, "confidence": 1.0}, **more}
    tracker.update(UserUttered(text, data["intent"], [], data, input_channel="rest"))


def recorded(engine):
    with engine.connect() as db:
        rows = db.execute(sa.select(turns).order_by(turns.c.id)).all()
    return [(row.route, row.cause, row.reason) for row in rows]


async def test_the_second_displeasure_is_recorded_as_what_it_led_to(store, engine):
    tracker = await store.get_or_create_tracker("maya")
    hear(tracker, "that did not help", "track_order", mood=DISPLEASED)
    assert settle_route(tracker, comment=False) is Cause.INTENT
    hear(tracker, "still not what I asked", "track_order", mood=DISPLEASED)
    assert settle_route(tracker, comment=False) is Cause.DISPLEASED_TWICE
    await store.save(tracker)
    assert [row[:2] for row in recorded(engine)] == [
        ("known", "intent"),
        ("person", "displeased twice"),
    ]
    events = ConversationLog(engine).everything("maya")
    carried = [decided(e["parse_data"]) for e in events if e["event"] == "user"]
    assert [decision.cause for decision in carried] == [Cause.INTENT, Cause.DISPLEASED_TWICE]


async def test_a_decision_that_is_there_is_left_as_it_is(store):
    tracker = await store.get_or_create_tracker("maya")
    engine_said = Decision(Route.PERSON, Cause.ENGINE)
    hear(tracker, "something odd", "contact_human_agent", **{ROUTE: engine_said.as_dict()})
    assert settle_route(tracker, comment=False) is Cause.ENGINE


async def test_a_comment_is_no_displeasure(store):
    tracker = await store.get_or_create_tracker("maya")
    for _ in range(2):
        hear(tracker, "that did not help", "complaint", mood=DISPLEASED)
    assert settle_route(tracker, comment=True) is Cause.INTENT


async def test_a_message_that_is_taken_up_again_counts_once(store, engine):
    tracker = await store.get_or_create_tracker("maya")
    hear(tracker, "I was charged two times", "nlu_fallback", mood=DISPLEASED)
    settle_route(tracker, comment=False)
    flow = Decision(Route.KNOWN, Cause.INTENT, "payment_issue, from an open question")
    again = {CONTINUES: THIS_MESSAGE, ROUTE: flow.as_dict()}
    tracker.update(ActionExecuted("action_listen"))
    hear(tracker, "I was charged two times", "payment_issue", **again)
    assert len(recent_moods(tracker)) == 1
    await store.save(tracker)
    assert recorded(engine) == [("known", "intent", "payment_issue, from an open question")]
    events = ConversationLog(engine).everything("maya")
    assert [line.text for line in read_lines(events)] == ["I was charged two times"]
    story = tell_story(events, ASKED, None, False)
    assert "1 customer messages" in story.summary
    assert "payment_issue" in story.summary


async def test_an_earlier_request_that_is_taken_up_is_no_turn(store, engine):
    tracker = await store.get_or_create_tracker("maya")
    hear(tracker, "cancel 4711 and where is 4712?", "cancel_order")
    await store.save(tracker)
    hear(tracker, "no, keep it", "deny")
    hear(tracker, "where is 4712?", "track_order", **{CONTINUES: AN_EARLIER_ONE})
    await store.save(tracker)
    assert [row[2].split()[0] for row in recorded(engine)] == ["cancel_order", "deny"]
    lines = read_lines(ConversationLog(engine).everything("maya"))
    assert [line.text for line in lines] == ["cancel 4711 and where is 4712?", "no, keep it"]


async def test_a_message_under_a_ticket_is_with_a_person(store, engine):
    tracker = await store.get_or_create_tracker("maya")
    hear(tracker, "hello", "greet")
    await store.save(tracker)
    TicketBook(engine).open("maya", "rest", tell_story([], ASKED, None, False))
    tracker = await store.retrieve("maya")
    hear(tracker, "are you there?", "greet")
    await store.save(tracker)
    assert [row[0] for row in recorded(engine)] == ["known", "person"]
    last = ConversationLog(engine).latest("maya", "user", 1)[0]
    assert decided(last["parse_data"]).cause is Cause.WITH_PERSON


def say(tracker, *names):
    for name in names:
        tracker.update(BotUttered("…", metadata={"utter_action": name}))


async def test_a_turn_is_stored_with_how_it_was_said_and_what_it_came_to(store, engine):
    tracker = await store.get_or_create_tracker("ines")
    turns_said = [
        ("utter_check_refund_policy", None, "answered"),
        ("say_ask_order_number", "track_order_form", "asking"),
        ("say_order_system_down", None, "failed"),
        ("utter_stopped", None, "stopped"),
    ]
    for reply, form, _ in turns_said:
        hear(tracker, "well", "track_order", mood=DISPLEASED)
        tracker.update(ActiveLoop(form))
        say(tracker, reply)
        await store.save(tracker)
        tracker = await store.retrieve("ines")
    with engine.connect() as db:
        rows = db.execute(sa.select(turns.c.level, turns.c.result).order_by(turns.c.id)).all()
    assert [tuple(row) for row in rows] == [("displeased", kept) for *_, kept in turns_said]


async def test_a_conversation_that_began_with_a_public_comment_goes_on(store, engine, domain):
    said = {"text": "where is it?", "intent": {"name": "track_order", "confidence": 1.0}}
    heard = {
        "event": "user",
        "timestamp": epoch_now(),
        "text": "where is it?",
        "parse_data": {**said, "entities": [], "mood": DISPLEASED, "language": "en"},
        "input_channel": "facebook-comments",
        "message_id": "5_9",
        "metadata": {"comment": {"id": "5_9"}},
    }
    wrote = {"event": "bot", "timestamp": epoch_now(), "text": "Hello", "data": {}, "metadata": {}}
    listens = {"event": "action", "timestamp": epoch_now(), "name": "action_listen"}
    with engine.begin() as db:
        ConversationLog(engine).append(db, "facebook:1:9", [heard, wrote, listens])
    tracker = await store.get_or_create_tracker("facebook:1:9")
    assert tracker.latest_message.text == "where is it?"
    assert not tracker.is_paused()
    hear(tracker, "that did not help", "track_order", mood=DISPLEASED)
    assert settle_route(tracker, comment=False) is Cause.DISPLEASED_TWICE
    await store.save(tracker)
    assert len(recorded(engine)) == 1


@pytest.mark.parametrize(
    ("sender", "days", "afresh"),
    [("telegram:5", 2, True), ("email:shop:a-b", 2, False), ("email:shop:a-b", 4, True)],
)
async def test_an_email_may_be_answered_days_later(store, sender, days, afresh):
    tracker = await store.get_or_create_tracker(sender)
    hear(tracker, "where is my order", "track_order")
    tracker.events[-1].timestamp = epoch_now() - days * 86_400
    await store.save(tracker)
    again = await store.retrieve(sender)
    assert any(isinstance(event, SessionStarted) for event in again.events) is afresh
