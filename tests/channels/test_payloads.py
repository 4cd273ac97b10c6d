"""Whatever comes in: no JSON makes a webhook fail, none gets through that is not verified."""

import copy
import json
import math
import re
import time
import urllib.error
import urllib.request

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.channels import retries
from switchboard.channels.facebook.facebook_arrivals import read_arrivals
from switchboard.channels.facebook.facebook_events import read_events, written_in_page_inbox
from switchboard.channels.layout import split_text, width
from switchboard.channels.telegram.telegram_arrivals import read_arrival
from switchboard.channels.telegram.telegram_groups import Bot, is_addressed
from switchboard.channels.telegram.telegram_messages import write_markdown
from switchboard.channels.telegram.telegram_updates import is_blocking, read_sender, read_updates
from switchboard.channels.x import x_deliveries, x_events
from switchboard.channels.x.x_posts import read_post, read_post_arrivals
from switchboard.database.tables import inbox
from switchboard.mailroom.inbox import Inbox
from tests.channels.test_samples import FACEBOOK, GROUP, IDS, TELEGRAM, X_ACCOUNT, X, sent, x_event
from tests.channels.test_x_mentions import HEARD
from tests.fakes.bot_api_server import _UNESCAPED
from tests.fakes.graph_server import sign
from tests.fakes.x_server import ACCOUNT, deleted


def nested(depth):
    value = "x"
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


KEYS = st.sampled_from(
    "object entry messaging id sender recipient message mid text quick_reply payload attachments "
    "type url is_echo metadata app_id postback referral ref reply_to message_edit sticker_id "
    "coordinates lat update_id message_id from chat first_name is_bot photo file_id caption "
    "callback_query data my_chat_member new_chat_member status location contact voice date "
    "reply_to_message media_group_id edited_message edit_date language_code timestamp "
    "for_user_id direct_message_events message_create target recipient_id sender_id message_data "
    "created_timestamp attachment media media_url_https quick_reply_response entities urls "
    "expanded_url data filter user_id event_type payload users name".split()
)
WRONG = (
    *(10**300, -(10**300), -1, 0, 2**63, 9223372036854775807, 1e308, math.inf, True, None),
    *("", "\0", "a\0b", "\ud83d", "\udc00x", "9" * 300, "1:2", "../1", [], {}, nested(50)),
)
IMPOSSIBLE = st.sampled_from(WRONG)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | IMPOSSIBLE
    | st.sampled_from(
        [
            *("page", "instagram", "private", "group", "1001", "image", "@tidewick_bot"),
            *("message_create", "dm.received", "options", "https://t.co/a", X_ACCOUNT),
        ]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=40,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=8)
BOT = Bot(42, "tidewick_bot")
EVENTS = [{**IDS, **event} for event, _ in FACEBOOK.values()]
UPDATES = [{"update_id": 10000, **update} for update, _ in TELEGRAM.values()]
UPDATES += [{"update_id": 10000, **sent(text="@tidewick_bot hello", chat=GROUP)}]
MESSAGES = [x_event(data) for data, _ in X.values()]
PLACE = re.compile(
    r"(facebook|instagram):\w{1,64}:\w{1,64}|telegram:-?\d{1,16}|x:\d{1,20}:\d{1,20}", re.ASCII
)


def places(value, path=()):
    """Where something stands in a payload."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in pairs:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from places(child, (*path, key))


@st.composite
def mutated(draw, documented):
    """A documented payload in which one to three things are others, or missing."""
    payload = copy.deepcopy(draw(st.sampled_from(documented)))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(list(places(payload)) or [("message",)]))
        place = payload
        for key in path:
            place = place[key]
        if isinstance(place, dict) and draw(st.booleans()):
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(draw(IMPOSSIBLE | JSON))  # drawn lists are shared
        if not payload:
            break
    return payload


def page(*events):
    return {"object": "page", "entry": [{"id": "1001", "messaging": list(events)}]}


def is_storable(value):
    """Whether both databases take it as text."""
    return "\0" not in value and value.encode() is not None


def check(arrival, message):
    assert PLACE.fullmatch(arrival.conversation)
    assert 0 < len(arrival.event_id) <= 255
    assert is_storable(arrival.event_id + arrival.batch)
    assert math.isfinite(arrival.order)
    assert arrival.order > 0
    json.dumps(arrival.payload)
    if message is not None:
        assert message.text.strip()
        assert is_storable(json.dumps([message.text, message.metadata], ensure_ascii=False))
        for attached in message.metadata.get("attachments", ()):
            assert attached["url"]


def each_wrong(documented):
    """Every documented payload, with each of its parts in turn made impossible."""
    for payload in documented:
        for *path, last in places(payload):
            for wrong in WRONG:
                changed = copy.deepcopy(payload)
                place = changed
                for key in path:
                    place = place[key]
                place[last] = wrong
                yield changed


def test_each_part_of_an_event_may_be_impossible():
    for event in each_wrong(EVENTS):
        for arrival in read_arrivals(page(event)):
            written_in_page_inbox(arrival.payload)
            check(arrival, read_events([arrival.payload]))


def test_each_part_of_an_update_may_be_impossible():
    for update in each_wrong(UPDATES):
        arrival = read_arrival(update)
        if arrival is not None:
            check(arrival, None if "-" in arrival.conversation else read_updates([update]))


def check_x(body):
    for arrival in x_deliveries.read_arrivals(body, X_ACCOUNT):
        x_events.chosen_in(arrival.payload)
        check(arrival, x_events.read_message(arrival.payload))
    for event in x_deliveries.messages(body, X_ACCOUNT):
        assert math.isfinite(x_deliveries.sent_at(event))


def test_each_part_of_a_message_on_x_may_be_impossible():
    for event in each_wrong(MESSAGES):
        check_x({"for_user_id": X_ACCOUNT, "direct_message_events": [event]})


@given(OBJECTS | mutated(MESSAGES))
@settings(max_examples=200, deadline=None)
def test_no_message_on_x_is_an_error(event):
    check_x(event)
    listed = {"direct_message_events": [event, *MESSAGES[:3], event], "users": event}
    check_x({"for_user_id": X_ACCOUNT, **listed})
    told = {"event_type": "dm.received", "filter": {"user_id": X_ACCOUNT}, "payload": listed}
    check_x({"data": told})
    check_x({"data": {**told, "payload": event}})


def check_posts(body):
    for comment, arrival in read_post_arrivals(body, ACCOUNT):
        assert re.fullmatch(r"x-comments:\d{1,20}:[\w-]{1,40}\.\d{1,20}", arrival.conversation)
        assert is_storable(arrival.event_id + comment.text)
        assert len(arrival.event_id) <= 255
        assert math.isfinite(comment.at)
        assert comment.author != ACCOUNT
        assert read_post(json.loads(json.dumps(arrival.payload)))[0] == comment


POSTS = [*HEARD.values(), deleted(HEARD["a mention"])["tweet_delete_events"][0]]
ALL_POSTS = ("tweet_create_events", "tweet_delete_events")


def test_each_part_of_a_post_may_be_impossible():
    for post in each_wrong(POSTS):
        check_posts({"for_user_id": ACCOUNT, **{key: [post] for key in ALL_POSTS}})


@given(OBJECTS | mutated(POSTS))
@settings(max_examples=200, deadline=None)
def test_no_post_is_an_error(post):
    check_posts(post)
    check_posts({"for_user_id": ACCOUNT, **{key: [post, *POSTS, post] for key in ALL_POSTS}})
    told = {"event_type": "post.mention.create", "filter": {"user_id": ACCOUNT}, "payload": post}
    check_posts({"data": told})


@given(OBJECTS | mutated(EVENTS))
@settings(max_examples=200, deadline=None)
def test_no_facebook_event_is_an_error(event):
    read_arrivals(event)
    entry = {"id": "1001", "messaging": [event, *EVENTS[:3], event]}
    for arrival in read_arrivals({"object": "page", "entry": [entry, event]}):
        written_in_page_inbox(arrival.payload)
        check(arrival, read_events([arrival.payload]))


@given(OBJECTS | mutated(UPDATES))
@settings(max_examples=200, deadline=None)
def test_no_telegram_update_is_an_error(update):
    is_blocking(update)
    arrival = read_arrival(update)
    if arrival is None:
        return
    read_sender(update)
    in_group = "-" in arrival.conversation
    check(arrival, None if in_group else read_updates([update, update]))
    for bot in (None, BOT):
        assert is_addressed(update, bot) in (True, False)


@given(st.text(max_size=3000), st.integers(20, 200))
@settings(deadline=None)
def test_parts_are_short_enough_and_lose_nothing(text, limit):
    parts = split_text(text, limit)
    assert all(0 < width(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(max_size=300))
@settings(deadline=None)
def test_what_is_written_is_valid_markdown(text):
    written = write_markdown(text)
    assert "](" in written or not _UNESCAPED.search(written)


def post(url, data, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as got:
            return got.status
    except urllib.error.HTTPError as refused:
        return refused.code


BODIES = [page(event) for event in EVENTS]


def test_no_json_makes_a_webhook_answer_5xx_or_a_turn_fail(served, agent, monkeypatch):
    monkeypatch.setattr(retries, "TURN_SECONDS", 0.05)
    plain = {"Content-Type": "application/json"}
    facebook = f"{served.url}/webhooks/facebook/webhook"
    telegram = f"{served.url}/webhooks/telegram/webhook"
    secret = {**plain, "X-Telegram-Bot-Api-Secret-Token": "hook-secret"}

    @given(body=OBJECTS | JSON | mutated(BODIES), update=JSON | mutated(UPDATES))
    @settings(max_examples=60, deadline=None)
    def deliver_both(body, update):
        data, more = json.dumps(body).encode(), json.dumps(update).encode()
        assert post(facebook, data, {**plain, "X-Hub-Signature-256": sign(data)}) in (200, 400)
        assert post(telegram, more, secret) in (200, 400)
        guess = {**plain, "X-Hub-Signature-256": sign(data, "guess")}
        assert [post(facebook, data, each) for each in (guess, plain)] == [403, 403]
        assert post(telegram, more, plain) == 403

    deliver_both()
    boxes = [channel.dispatcher.parts.inbox for channel in served.channels]
    deadline = time.monotonic() + 30
    while any(box.waiting() for box in boxes):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with served.channels[0].dispatcher.parts.outbox.engine.connect() as db:
        assert set(db.execute(sa.select(inbox.c.outcome)).scalars()) <= {"answered"}


WRONG_IDS = [0, 10**300, -5, 2**60, "five", "", None, True, 5.5, [5], {"id": 5}, "a\0b", "\ud83d"]


def test_an_impossible_id_is_acknowledged_and_not_kept(served, agent, graph, bot_api):
    text, hello = sent(text="hello")["message"], {**IDS, **FACEBOOK["text"][0]}
    for number, wrong in enumerate(WRONG_IDS, 1):
        chat = {"chat": {**text["chat"], "id": wrong}}
        person = {"from": {**text["from"], "id": wrong}}
        strange = [{**text, **chat}, {**text, **person}, {**text, **chat, **person}]
        updates = [{"update_id": number, "message": message} for message in strange]
        if wrong != "five":
            updates.append({"update_id": wrong if wrong != 2**60 else "", "message": text})
        secret = {"X-Telegram-Bot-Api-Secret-Token": "hook-secret"}
        for update in updates:
            data = json.dumps(update).encode()
            assert post(f"{served.url}/webhooks/telegram/webhook", data, secret) == 200, wrong
        wrong = "1:2" if wrong == "five" else wrong
        events = [{**hello, "sender": {"id": wrong}}, {**hello, "sender": wrong}]
        body = page(*events)
        body["entry"].append({"id": wrong if wrong != 2**60 else "", "messaging": [hello]})
        data = json.dumps(body).encode()
        signed = {"X-Hub-Signature-256": sign(data)}
        assert post(f"{served.url}/webhooks/facebook/webhook", data, signed) == 200, wrong
    time.sleep(0.2)
    assert agent.heard == []
    assert not any(channel.dispatcher.parts.inbox.waiting() for channel in served.channels)
    assert graph.sent == bot_api.sent == []


@pytest.mark.parametrize("depth", [100, 900, 10_000])
def test_what_is_nested_too_deep_is_no_error(served, agent, depth):
    deep = '{"a":' * depth + "1" + "}" * depth
    update = f'{{"update_id": 1, "message": {json.dumps(sent(text="x")["message"])}, "x": {deep}}}'
    secret = {"X-Telegram-Bot-Api-Secret-Token": "hook-secret"}
    status = post(f"{served.url}/webhooks/telegram/webhook", update.encode(), secret)
    event = json.dumps({**IDS, **FACEBOOK["text"][0], "x": "deep"}).replace('"deep"', deep)
    data = f'{{"object": "page", "entry": [{{"id": "1001", "messaging": [{event}]}}]}}'.encode()
    signed = {"X-Hub-Signature-256": sign(data)}
    assert post(f"{served.url}/webhooks/facebook/webhook", data, signed) == status
    assert status == (200 if depth < 1000 else 400)  # beyond that it is read as no JSON
    time.sleep(0.2)
    assert agent.heard == []


def test_a_text_that_no_database_takes_is_heard_without_what_it_cannot_hold(served, agent):
    hello = {**IDS, "message": {"mid": "m\0", "text": "he\0llo \ud83d"}}
    data = json.dumps(page(hello)).encode()
    signed = {"X-Hub-Signature-256": sign(data)}
    for _ in range(2):
        assert post(f"{served.url}/webhooks/facebook/webhook", data, signed) == 200
    deadline = time.monotonic() + 10
    while not agent.heard:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)
    assert agent.texts() == ["hello \ufffd"]


@given(payloads=st.lists(mutated(EVENTS), max_size=5), updates=st.lists(mutated(UPDATES)))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_kept_can_be_stored(engine, payloads, updates):
    kept = read_arrivals(page(*payloads))
    kept += [arrival for update in updates if (arrival := read_arrival(update))]
    Inbox(engine, "any").keep(kept)


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "sha256=é", "=", "x" * 5000])
def test_odd_signatures_are_refused(served, header):
    url = f"{served.url}/webhooks/facebook/webhook"
    assert (
        post(
            url,
            b"{}",
            {"X-Hub-Signature-256": header.encode("latin-1", "replace").decode("latin-1")},
        )
        == 403
    )
    url = f"{served.url}/webhooks/telegram/webhook"
    assert post(url, b"{}", {"X-Telegram-Bot-Api-Secret-Token": header}) == 403
