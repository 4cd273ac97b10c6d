"""Whatever comes in: no JSON makes a webhook fail, none gets through that is not verified."""

import json
import urllib.error
import urllib.request

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.channels.facebook.facebook_events import read_event, written_in_page_inbox
from switchboard.channels.facebook.facebook_input import read_arrivals
from switchboard.channels.layout import split_text, width
from switchboard.channels.telegram.telegram_messages import write_markdown
from switchboard.channels.telegram.telegram_updates import (
    Bot,
    is_blocking,
    read_arrival,
    read_sender,
    read_updates,
)
from tests.fakes.bot_api_server import _UNESCAPED
from tests.fakes.graph_server import sign

KEYS = st.sampled_from(
    "object entry messaging id sender recipient message mid text quick_reply payload attachments "
    "type url is_echo metadata app_id postback referral ref reply_to message_edit sticker_id "
    "coordinates lat update_id message_id from chat first_name is_bot photo file_id caption "
    "callback_query data my_chat_member new_chat_member status location contact voice "
    "reply_to_message media_group_id edited_message language_code".split()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["page", "instagram", "private", "group", "1001", "image", "@tidewick_bot"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=40,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=8)
BOT = Bot(42, "tidewick_bot")


@given(OBJECTS)
@settings(max_examples=300, deadline=None)
def test_no_facebook_event_is_an_error(event):
    read_arrivals({"object": "page", "entry": [{"id": "1", "messaging": [event]}]})
    read_arrivals(event)
    written_in_page_inbox(event)
    message = read_event(event)
    assert message is None or message.text.strip()


@given(OBJECTS)
@settings(max_examples=300, deadline=None)
def test_no_telegram_update_is_an_error(update):
    is_blocking(update)
    read_sender(update)
    arrival = read_arrival(update)
    assert arrival is None or arrival.conversation.startswith("telegram:")
    for bot in (None, BOT):
        message = read_updates([update], bot)
        assert message is None or message.text.strip()


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


@given(body=OBJECTS | JSON)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_json_makes_a_webhook_answer_5xx(served, agent, body):
    data = json.dumps(body).encode()
    plain = {"Content-Type": "application/json"}
    facebook = f"{served.url}/webhooks/facebook/webhook"
    telegram = f"{served.url}/webhooks/telegram/webhook"
    assert post(facebook, data, {**plain, "X-Hub-Signature-256": sign(data)}) in (200, 400)
    secret = {"X-Telegram-Bot-Api-Secret-Token": "hook-secret"}
    assert post(telegram, data, {**plain, **secret}) in (200, 400)
    heard = len(agent.heard)
    assert post(facebook, data, {**plain, "X-Hub-Signature-256": sign(data, "guess")}) == 403
    assert post(facebook, data, plain) == 403
    assert post(telegram, data, plain) == 403
    assert len(agent.heard) >= heard  # and test_facebook, test_telegram: none of it is heard


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
