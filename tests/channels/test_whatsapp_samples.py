"""The payloads that WhatsApp documents, typed in from there: what each is taken for.

And whatever else comes in: no JSON makes the webhook fail, none gets through that is not signed.
"""

import copy
import json
import math
import re
import time

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.channels import retries
from switchboard.channels.whatsapp.whatsapp_arrivals import (
    read_arrivals_of,
    read_receipts_of,
    read_setbacks_of,
)
from switchboard.channels.whatsapp.whatsapp_events import pressed_reference, read_message
from switchboard.clock import epoch_now
from switchboard.database.tables import inbox
from switchboard.mailroom.inbox import Inbox
from switchboard.mailroom.outbox import Outbox
from tests.channels.test_payloads import JSON, OBJECTS, is_storable, mutated, nested, places, post
from tests.fakes.cloud_api_server import NUMBER, batch, deliver
from tests.fakes.graph_server import sign

WORDLESS = "/send_attachment"
HEAD = {
    "from": "16505551234",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=",
    "timestamp": "1739321024",
}
MEDIA = {"mime_type": "x/y", "sha256": "81d3bd8a8db4", "id": "1003383421387256"}
NEWER = {**MEDIA, "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"}
CONTEXT = {"from": "15550783881", "id": "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQz"}


def kind(name, /, **content):
    return {"type": name, name: content}


def reply(name, reference, title, **more):
    chosen = {"type": name, name: {"id": reference, "title": title, **more}}
    return {"context": CONTEXT, "type": "interactive", "interactive": chosen}


def unsupported(name):
    errors = [{"code": 131051, "title": "Message type unknown", "message": "…"}]
    return {"errors": errors, "type": "unsupported", "unsupported": {"type": name}}


SAMPLES = {
    "text": (kind("text", body="Does it come in another color?"), "Does it come in another color?"),
    "by an advertisement": (
        {
            **kind("text", body="Can I get more info about this?"),
            "referral": {"source_url": "https://fb.me/x", "source_id": "120226305854810726"},
        },
        "Can I get more info about this?",
    ),
    "about a product": (
        {
            **kind("text", body="Is this one in stock?"),
            "context": {
                **CONTEXT,
                "referred_product": {"catalog_id": "1", "product_retailer_id": "2"},
            },
        },
        "Is this one in stock?",
    ),
    "image with words": (kind("image", caption="Taj Mahal", **MEDIA), "Taj Mahal"),
    "image": (kind("image", **NEWER), WORDLESS),
    "sticker": (kind("sticker", animated=False, **MEDIA), WORDLESS),
    "audio": (kind("audio", **MEDIA), WORDLESS),
    "voice": (kind("audio", voice=True, **MEDIA), WORDLESS),
    "video": (kind("video", caption="broken, see", **MEDIA), "broken, see"),
    "document": (kind("document", filename="invoice.pdf", **MEDIA), WORDLESS),
    "location": (
        kind("location", latitude=37.4421, longitude=-122.1615, name="Philz Coffee"),
        WORDLESS,
    ),
    "contact": (
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "B"},
                    "phones": [{"phone": "+1 555 0100", "type": "HOME"}],
                }
            ],
        },
        "+1 555 0100",
    ),
    "contact without a number": (
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "B"}}]},
        WORDLESS,
    ),
    "reply button": (reply("button_reply", "12:0", "Cancel"), "Cancel"),
    "list": (reply("list_reply", "12:1", "Priority", description="1 to 2 days"), "Priority"),
    "button of a template": (
        {**kind("button", payload="/restart", text="Unsubscribe"), "context": CONTEXT},
        "Unsubscribe",
    ),
    "order": (
        kind("order", catalog_id="1", text="Love these!", product_items=[{"quantity": 1}]),
        "Love these!",
    ),
    "order without words": (kind("order", catalog_id="1", product_items=[]), WORDLESS),
    "forwarded": ({**kind("text", body="/restart"), "context": {"forwarded": True}}, "restart"),
    "a poll": (unsupported("poll_creation"), WORDLESS),
    "a place holder": (unsupported("media_placeholder"), WORDLESS),
    "a vote in a poll": (unsupported("poll_update"), None),
    "a pin": (unsupported("pin"), None),
    "not supported, nor what": ({"type": "unsupported", "errors": [{"code": 131051}]}, WORDLESS),
    "a reaction": (kind("reaction", message_id="wamid.X", emoji="👍"), None),
    "a reaction taken back": (kind("reaction", message_id="wamid.X"), None),
    "another number": (
        kind("system", body="User A changed from 1 to 2", wa_id="1219", type="user_changed_number"),
        None,
    ),
    "deleted": (kind("revoke", original_message_id="wamid.X"), None),
    "edited": (kind("edit", original_message_id="wamid.X", message={"type": "text"}), None),
    "a form of theirs": (
        {
            "type": "interactive",
            "interactive": {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}},
        },
        None,
    ),
    "a kind of tomorrow": (kind("hologram", id="1"), None),
}
MESSAGES = [{**HEAD, **message} for message, _ in SAMPLES.values()]
STATUSES = [
    {
        "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MTE5MjVBOTE3MDk5QUVFM0YA",
        "status": status,
        "timestamp": "1750263773",
        "recipient_id": "16505551234",
        "biz_opaque_callback_data": "switchboard:12:1:16505551234",
        "conversation": {"id": "6ceb9d929c9bdc4f90967a32f8639b4a", "origin": {"type": "service"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "service"},
    }
    for status in ("sent", "delivered", "read")
]
FAILED = {
    **{key: STATUSES[0][key] for key in ("id", "timestamp", "recipient_id")},
    "status": "failed",
    "biz_opaque_callback_data": "switchboard:12:2:16505551234",
    "errors": [
        {
            "code": 131049,
            "title": "This message was not delivered to maintain healthy ecosystem engagement.",
            "error_data": {"details": "In order to maintain a healthy ecosystem engagement, …"},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }
    ],
}


def arrivals(*messages, **more):
    return read_arrivals_of(batch(*messages, **more), {NUMBER})


@pytest.mark.parametrize("name", SAMPLES)
def test_a_documented_message(name):
    message, expected = SAMPLES[name]
    found = arrivals({**HEAD, **message})
    assert [read_message(each.payload["message"]).text for each in found] == (
        [expected] if expected else []
    )
    for each in found:
        assert each.conversation == f"whatsapp:{NUMBER}:16505551234"
        assert each.event_id == HEAD["id"]
        assert each.order == 1739321024.0


def test_what_stands_beside_the_words():
    def metadata(name):
        return dict(read_message({**HEAD, **SAMPLES[name][0]}).metadata)

    assert metadata("by an advertisement") == {"start": "120226305854810726"}
    assert metadata("reply button") == {"reply_to": CONTEXT["id"]}
    assert metadata("forwarded") == {"borrowed": True}
    place = {"kind": "location", "url": "geo:37.4421,-122.1615"}
    assert metadata("location") == {"attachments": [place]}
    attached = {
        name: metadata(name)["attachments"][0]["kind"]
        for name in ("image", "sticker", "audio", "voice", "video", "document")
    }
    assert list(attached.values()) == ["image", "image", "audio", "audio", "video", "file"]
    assert metadata("image")["attachments"][0]["url"] == "whatsapp-media:1003383421387256"
    assert pressed_reference(SAMPLES["list"][0]) == "12:1"
    assert pressed_reference(SAMPLES["button of a template"][0]) == ""


def test_documented_statuses():
    body = batch(statuses=[*STATUSES, FAILED])
    place = f"whatsapp:{NUMBER}:16505551234"
    receipts = read_receipts_of(body, {NUMBER})
    assert [(r.conversation, r.delivery, r.part) for r in receipts] == [(place, 12, 1)] * 3
    (setback,) = read_setbacks_of(body, {NUMBER})
    assert (setback.receipt.delivery, setback.receipt.part) == (12, 2)
    assert str(setback.error) == "blocked: told later, code 131049"
    assert read_arrivals_of(body, {NUMBER}) == []


def test_messages_of_one_second_stay_in_order(engine):
    several = [{**HEAD, "id": f"wamid.{n}", **kind("text", body=str(n))} for n in range(30)]
    box = Inbox(engine, "whatsapp")
    box.keep(arrivals(*several[:20]))
    box.keep(arrivals(*several[20:]))
    waiting = box.pending(f"whatsapp:{NUMBER}:16505551234")
    assert [w.payload["message"]["text"]["body"] for w in waiting] == [str(n) for n in range(30)]


@pytest.mark.parametrize("at", ["9" * 30, "-1", "0", "", None, 10**300, True, [], 1739321024])
def test_a_time_that_cannot_be_is_the_present(at):
    (found,) = arrivals({**HEAD, **SAMPLES["text"][0], "timestamp": at})
    assert abs(found.order - epoch_now()) < 60


PLACE = re.compile(r"whatsapp:\d{5,20}:(\d{5,20}|[A-Z]{2}\.(ENT\.)?\w{1,128})", re.ASCII)
WRONG = (
    *(10**300, -1, 0, 2**63, math.inf, True, None, "", "\0", "a\0b", "\ud83d", "9" * 300),
    *("1:2", "../1", "16505551234\n", "１６５０５５５１２３４", [], {}, nested(50)),
)
BODIES = [batch(message) for message in MESSAGES]
BODIES.append(batch(statuses=[*STATUSES, FAILED]))


def check(body):
    for arrival in read_arrivals_of(body, {NUMBER}):
        assert PLACE.fullmatch(arrival.conversation)
        assert 0 < len(arrival.event_id) <= 255
        assert is_storable(arrival.event_id)
        assert math.isfinite(arrival.order)
        json.dumps(arrival.payload)
        event = arrival.payload["message"]
        message = read_message(event)
        assert message.text.strip()
        pressed_reference(event)
        assert is_storable(json.dumps([message.text, message.metadata], ensure_ascii=False))
        for attached in message.metadata.get("attachments", ()):
            assert attached["url"]
    for receipt in read_receipts_of(body, {NUMBER}):
        assert PLACE.fullmatch(receipt.conversation)
    for setback in read_setbacks_of(body, {NUMBER}):
        assert setback.error.detail.isascii()


def test_each_part_of_a_delivery_may_be_impossible():
    for body in BODIES:
        for *path, last in places(body):
            for wrong in WRONG:
                changed = copy.deepcopy(body)
                place = changed
                for key in path:
                    place = place[key]
                place[last] = wrong
                check(changed)


@given(OBJECTS | mutated(BODIES) | st.builds(batch, OBJECTS, mutated(MESSAGES)))
@settings(max_examples=200, deadline=None)
def test_no_delivery_is_an_error(body):
    check(body)


@given(bodies=st.lists(mutated(BODIES), max_size=5))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_kept_can_be_stored(engine, bodies):
    for body in bodies:
        Inbox(engine, "any").keep(read_arrivals_of(body, {NUMBER}))
        out = Outbox(engine, "any")
        out.confirm(read_receipts_of(body, {NUMBER}))
        for setback in read_setbacks_of(body, {NUMBER}):
            assert not out.take_back(setback.receipt, "refused", str(setback.error))


def test_no_json_makes_the_webhook_answer_5xx_or_a_turn_fail(served, monkeypatch):
    monkeypatch.setattr(retries, "TURN_SECONDS", 0.05)
    url = f"{served.url}/webhooks/whatsapp/webhook"

    @given(body=OBJECTS | JSON | mutated(BODIES))
    @settings(max_examples=60, deadline=None)
    def send(body):
        data = json.dumps(body).encode()
        plain = {"Content-Type": "application/json"}
        assert post(url, data, {**plain, "X-Hub-Signature-256": sign(data)}) in (200, 400)
        guess = {**plain, "X-Hub-Signature-256": sign(data, "guess")}
        assert [post(url, data, each) for each in (guess, plain)] == [403, 403]

    send()
    parts = served.channels[2].dispatcher.parts
    deadline = time.monotonic() + 30
    while parts.inbox.waiting():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with parts.outbox.engine.connect() as db:
        assert set(db.execute(sa.select(inbox.c.outcome)).scalars()) <= {"answered"}


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "sha256=é", "=", "x" * 5000])
def test_odd_signatures_are_refused(served, header):
    told = {"X-Hub-Signature-256": header.encode("latin-1", "replace").decode("latin-1")}
    assert post(f"{served.url}/webhooks/whatsapp/webhook", b"{}", told) == 403


def test_what_is_nested_too_deep_is_no_error(served, agent):
    deep = '{"a":' * 900 + "1" + "}" * 900
    body = json.dumps(batch({**HEAD, **SAMPLES["text"][0], "x": "deep"}))
    assert deliver(served.url, body.replace('"deep"', deep).encode()) == 200
    time.sleep(0.2)
    assert agent.heard == []
