"""What is said by itself: to whom, when, once, and when not any more."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from switchboard.database.tables import inbox, outbox, outreach_consents, outreach_due
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.leases import Leases
from switchboard.mailroom.message import load_response
from switchboard.outreach import telling
from switchboard.outreach.news_kinds import NewsKind, NewsTopic
from switchboard.outreach.sending_rights import SendingRights
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED
from tests.outreach.conftest import MAYA, NOON

HOUR, DAY = 3600.0, 86400.0


def number_of(shop) -> int:
    with shop.engine.connect() as db:
        row = db.execute(sa.select(outbox.c.message).order_by(outbox.c.id.desc())).scalar()
    return load_response(row).by_itself


def test_a_late_order_tells_its_customer_once(asked_for):
    asked_for.tells(expected_on="2026-11-30")
    for _ in range(3):
        asked_for.outreach.attend()
    (said,) = asked_for.said()
    assert "order 4711 is later than planned" in said
    assert "Mon 30 November" in said
    assert asked_for.states() == [("order.late", "said", "")]


def test_it_is_told_in_the_language_of_the_conversation(asked_for):
    asked_for.slot("language", "zh")
    asked_for.tells(topic=NewsTopic.SHIPPED)
    asked_for.outreach.attend()
    assert asked_for.said() == ["好消息：您的订单 4711 已经发出了。"]


@pytest.mark.parametrize(
    ("kind", "topic", "told"),
    [
        (NewsKind.DELIVERY, NewsTopic.SHIPPED, True),
        (NewsKind.DELIVERY, NewsTopic.REFUNDED, False),
        (NewsKind.REFUND, NewsTopic.REFUNDED, True),
        (NewsKind.REFUND, NewsTopic.LATE, False),
    ],
)
def test_only_what_was_asked_for_is_told(shop, kind, topic, told):
    shop.hears("hello")
    shop.proves()
    shop.agrees(kind)
    shop.tells(topic=topic)
    shop.outreach.attend()
    assert bool(shop.said()) is told


def test_nobody_is_told_of_an_order_that_was_not_proved_in_their_conversation(shop):
    shop.hears("tell me when 4711 ships, I am maya@example.com")
    assert not shop.agrees()
    shop.proves(conversation="telegram:6")
    assert not shop.agrees()
    shop.tells()
    shop.outreach.attend()
    assert shop.said() == []


@pytest.mark.parametrize(
    ("conversation", "channel"), [("telegram:-100", "telegram"), ("maya", "rest"), ("x", "cmdline")]
)
def test_nothing_is_agreed_to_in_a_group_or_where_nobody_can_be_written_to(
    shop, conversation, channel
):
    shop.hears("hello", conversation)
    shop.proves(conversation=conversation)
    assert not shop.agrees(conversation=conversation, channel=channel)


def test_a_product_that_is_back_is_told_once_and_needs_no_proof(shop):
    shop.hears("tell me when the mug is back")
    sku = next(iter(shop.phrasebook.catalogue.by_sku))
    assert shop.agrees(NewsKind.STOCK, sku)
    for event in ("e-1", "e-2"):
        shop.tells(event, NewsTopic.BACK, subject=sku)
        shop.outreach.attend()
    (said,) = shop.said()
    assert shop.phrasebook.speak("en").product(sku) in said


def test_two_processes_say_it_once(asked_for):
    asked_for.tells()
    others = [asked_for.process() for _ in range(4)]

    def attend(outreach):
        for _ in range(5):
            try:
                outreach.attend()
            except OperationalError:  # SQLite was busy: the task tries again
                continue

    threads = [threading.Thread(target=attend, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked_for.said()) == 1


@pytest.mark.parametrize("where", ["append", "add", "hand_back"])
def test_killed_at_any_step_it_is_said_once_by_the_next(asked_for, monkeypatch, where):
    asked_for.tells()
    asked_for.news.pass_on(asked_for.outreach.consents, 10)
    dying = asked_for.process()

    class Killed(BaseException):
        pass

    def die(*_args, **_more):
        raise Killed

    with monkeypatch.context() as patched:
        owner = {"append": telling.ConversationLog, "add": telling.Outbox}.get(where, Leases)
        patched.setattr(owner, where, die)
        patched.setattr(Leases, "release", lambda *_: None)  # a dead process gives nothing back
        with pytest.raises(Killed):
            dying.attend()
    assert asked_for.said() == []
    asked_for.outreach.attend()
    assert asked_for.said() == []  # the lease of the dead one still runs
    with asked_for.engine.begin() as db:
        db.exec_driver_sql("update lanes set until = 0")
    asked_for.clock.now += 5
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1
    assert sum(e["event"] == "bot" for e in asked_for.events()) == 1


def test_while_a_turn_runs_it_waits(asked_for):
    asked_for.tells()
    leases = Leases(asked_for.engine, "telegram", "a lane")
    claim = leases.take(MAYA)
    asked_for.outreach.attend()
    assert asked_for.said() == []
    leases.release(claim)
    asked_for.clock.now += 5
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1


def test_what_the_customer_wrote_is_answered_first(asked_for):
    asked_for.tells()
    Inbox(asked_for.engine, "telegram").keep([Arrival("1", MAYA, {"text": "hi"})])
    asked_for.outreach.attend()
    assert asked_for.states() == [("order.late", "waiting", "the customer wrote")]
    with asked_for.engine.begin() as db:
        db.execute(sa.update(inbox).values(waiting_for=None))
    asked_for.clock.now += 5
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1


@pytest.mark.parametrize(
    ("channel", "hours", "told"),
    [
        ("facebook", 23, True),
        ("facebook", 24.5, False),
        ("instagram", 25, False),
        ("wechat", 47, True),
        ("wecom", 49, False),
        ("telegram", 24 * 30, True),
        ("x", 24 * 30, True),
        ("email", 24 * 30, True),
        ("socketio", 0.5, True),
        ("socketio", 2, False),
        ("whatsapp", 23, True),
        ("whatsapp", 25, False),
    ],
)
def test_the_window_of_each_platform(make_shop, channel, hours, told):
    shop, who = make_shop(quiet=None), f"{channel}:1:2"
    shop.hears("tell me when it ships", who)
    shop.proves(conversation=who)
    assert shop.agrees(conversation=who, channel=channel)
    shop.clock.now += hours * HOUR
    shop.tells()
    shop.outreach.attend()
    assert bool(shop.said()) is told
    reason = "a template is needed" if channel == "whatsapp" else "outside the window"
    assert shop.states() == [("order.late", *(("said", "") if told else ("dropped", reason)))]


@pytest.mark.parametrize("has_template", [True, False])
def test_news_go_as_a_template_where_the_shop_has_one(make_shop, has_template):
    shop, who = make_shop(quiet=None), "whatsapp:1:2"
    shop.hears("tell me when it ships", who)
    shop.proves(conversation=who)
    assert shop.agrees(conversation=who, channel="whatsapp")
    shop.clock.now += 3 * DAY
    shop.tells()
    shop.process(has_template=has_template).attend()
    assert bool(shop.said()) is has_template
    if has_template:  # the lane asks once more before it sends
        assert SendingRights(shop.engine, shop.clock).refusal(number_of(shop)) == ""


def stop(shop):
    with shop.engine.begin() as db:
        shop.outreach.consents.stop(db, MAYA)


def test_stop_ends_it_all_until_it_is_asked_for_again(asked_for):
    asked_for.tells("e-1")
    asked_for.news.pass_on(asked_for.outreach.consents, 10)
    stop(asked_for)
    asked_for.tells("e-2")
    asked_for.outreach.attend()
    assert asked_for.said() == []
    assert not asked_for.outreach.consents.agreed(MAYA)
    assert asked_for.agrees()
    asked_for.tells("e-3")
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1


def test_stopped_between_queueing_and_sending_it_is_not_sent(asked_for):
    rights = SendingRights(asked_for.engine, asked_for.clock)
    asked_for.tells()
    asked_for.outreach.attend()
    number = number_of(asked_for)
    assert rights.refusal(number) == ""
    stop(asked_for)
    assert rights.refusal(number) == "the customer wants no more of it"


def test_queued_until_the_window_is_over_it_is_not_sent(make_shop):
    shop, who = make_shop(quiet=None), "facebook:1:2"
    shop.hears("tell me when it ships", who)
    shop.proves(conversation=who)
    shop.agrees(conversation=who, channel="facebook")
    shop.tells()
    shop.outreach.attend()
    rights = SendingRights(shop.engine, shop.clock)
    shop.clock.now += 23 * HOUR
    assert rights.refusal(number_of(shop)) == ""
    shop.clock.now += 1 * HOUR
    assert rights.refusal(number_of(shop)) == "outside the window"


def test_queued_until_night_it_is_said_in_the_morning(asked_for):
    asked_for.tells()
    asked_for.outreach.attend()
    rights = SendingRights(asked_for.engine, asked_for.clock)
    asked_for.clock.now = NOON + 10 * HOUR  # 22:00
    assert rights.refusal(number_of(asked_for)) == "it is night"
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1
    asked_for.clock.now = NOON + 20.1 * HOUR
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 2
    assert rights.refusal(number_of(asked_for)) == ""


def test_at_night_nothing_is_said(asked_for):
    asked_for.clock.now = NOON + 11 * HOUR  # 23:00 in Dublin
    asked_for.tells()
    asked_for.outreach.attend()
    assert asked_for.states() == [("order.late", "waiting", "quiet hours")]
    asked_for.clock.now = NOON + 20 * HOUR - 60  # 07:59
    asked_for.outreach.attend()
    assert asked_for.said() == []
    asked_for.clock.now = NOON + 20 * HOUR + 1
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1


def test_while_a_person_has_the_conversation_news_wait(asked_for):
    story = tell_story([], ASKED, None, False)
    book = TicketBook(asked_for.engine)
    book.open(MAYA, "telegram", story, "en")
    asked_for.tells()
    asked_for.outreach.attend()
    assert asked_for.states() == [("order.late", "waiting", "with a person")]


def test_news_do_not_break_into_a_form(asked_for):
    asked_for.asks()
    asked_for.tells()
    asked_for.outreach.attend()
    assert asked_for.states() == [("order.late", "waiting", "a form is at work")]
    asked_for.clock.now += telling.IN_A_FORM_SECONDS + 1
    asked_for.outreach.attend()
    assert len(asked_for.said()) == 1


def test_the_conversation_knows_what_was_said_and_of_which_order(asked_for):
    asked_for.clock.now += DAY
    asked_for.tells()
    asked_for.outreach.attend()
    after = [e for e in asked_for.events() if e["timestamp"] == asked_for.clock.now]
    assert [e["event"] for e in after] == [
        *("action", "session_started", "slot", "action", "slot", "bot"),
    ]
    assert (after[4]["name"], after[4]["value"]) == ("order_number", "4711")
    assert after[-1]["metadata"] == {"author": "bot", "by_itself": "order.late"}


@pytest.fixture
def reminding(make_shop):
    return make_shop(remind_after=600.0, close_after=1200.0)


def test_a_question_left_open_is_repeated_once_and_then_closed(reminding):
    shop = reminding
    shop.asks()
    shop.outreach.attend()
    assert shop.said() == []
    for seconds in (610, 20, 500):
        shop.clock.now += seconds
        shop.outreach.attend()
    assert shop.said() == ["Are you still there? My question was: What is the order number?"]
    for _ in range(3):
        shop.clock.now += 1300
        shop.outreach.attend()
    assert len(shop.said()) == 2
    assert "Whenever you want to go on" in shop.said()[1]
    ends = [e for e in shop.events() if e["event"] == "active_loop"]
    assert ends[-1]["name"] is None


def test_whoever_answers_is_reminded_of_nothing(reminding):
    shop = reminding
    shop.asks()
    shop.clock.now += 300
    shop.hears("4711")
    shop.clock.now += 400
    shop.outreach.attend()
    assert shop.said() == []
    assert shop.states() == [("reminder", "dropped", "answered")]


def test_whoever_answers_the_reminder_is_not_closed(reminding):
    shop = reminding
    shop.asks()
    shop.clock.now += 610
    shop.outreach.attend()
    shop.clock.now += 100
    shop.hears("4711")
    shop.clock.now += 1300
    shop.outreach.attend()
    assert len(shop.said()) == 1


def test_nobody_is_reminded_who_stopped_it_or_is_with_a_person(reminding):
    shop = reminding
    shop.asks()
    stop(shop)
    shop.asks("telegram:6")
    book = TicketBook(shop.engine)
    book.open("telegram:6", "telegram", tell_story([], ASKED, None, False), "en")
    shop.clock.now += 610
    shop.outreach.attend()
    assert shop.said() == []
    assert {state for _, state, _ in shop.states()} == {"dropped"}


def test_a_shop_that_does_not_want_it_reminds_nobody(shop):
    shop.asks()
    shop.clock.now += HOUR
    shop.outreach.attend()
    assert shop.states() == []


def test_nobody_is_reminded_who_answers_letters(reminding):
    shop = reminding
    shop.asks("email:support@tidewick.example:1-2", "email")
    for _ in range(4):
        shop.clock.now += 700
        shop.outreach.attend()
    assert shop.said() == []


def test_a_question_of_yesterday_is_left_alone(reminding):
    reminding.asks()
    reminding.clock.now += 5 * HOUR
    reminding.outreach.attend()
    assert reminding.states() == []


def test_in_the_summer_the_night_is_that_of_the_shop_s_clocks(asked_for):
    asked_for.clock.now = datetime(2026, 7, 1, 20, 30, tzinfo=timezone.utc).timestamp()  # 21:30
    asked_for.hears("hi")
    asked_for.tells()
    asked_for.outreach.attend()
    assert asked_for.states() == [("order.late", "waiting", "quiet hours")]


def test_the_same_consent_is_recorded_once_with_its_time(asked_for):
    asked_for.clock.now += 60
    assert asked_for.agrees()
    with asked_for.engine.connect() as db:
        rows = db.execute(sa.select(outreach_consents)).all()
    assert [(r.kind, r.subject, r.agreed_at) for r in rows] == [("delivery", "4711", NOON + 60)]


def test_the_same_event_is_planned_once_even_if_it_is_passed_on_again(asked_for):
    asked_for.tells()
    asked_for.news.pass_on(asked_for.outreach.consents, 10)
    with asked_for.engine.begin() as db:
        db.exec_driver_sql("update outreach_events set done_at = null")
    asked_for.outreach.attend()
    with asked_for.engine.connect() as db:
        assert len(db.execute(sa.select(outreach_due.c.id)).all()) == 1
