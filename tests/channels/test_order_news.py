"""The order system's webhook over HTTP: signed, once, quickly, and as WooCommerce does it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.channels import order_news_input
from switchboard.channels.order_news_input import OrderNewsInput
from switchboard.database.connection import open_database
from switchboard.database.tables import identity_proofs, outreach_events
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import NewsKind
from switchboard.outreach.order_news import NEWS_SIGNATURE, NEWS_TIMESTAMP, sign_news
from tests.channels.conftest import ScriptedAgent, Served
from tests.fakes.graph_server import batch, deliver, said

SECRET = "a shared secret"
LATE = {"id": "e-1", "type": "order.late", "data": {"order_number": "4711"}}


@pytest.fixture
def shop(serve, monkeypatch, tmp_path):
    monkeypatch.setenv("SWITCHBOARD_ORDERS_WEBHOOK_SECRET", SECRET)
    serve()  # the settings of a server, and Messenger beside it
    server = Served([OrderNewsInput.from_credentials(None)], ScriptedAgent())
    server.database = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    yield server
    server.stop()


def post(server, body, *, secret=SECRET, at=None, signature=None, path="/news"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(time.time() if at is None else at))
    headers = {NEWS_TIMESTAMP: stamp, NEWS_SIGNATURE: signature or sign_news(secret, stamp, raw)}
    url = f"{server.url}/webhooks/orders{path}"
    return httpx.post(url, content=raw, headers=headers, timeout=10)


def kept(server):
    with server.database.connect() as db:
        return [tuple(row) for row in db.execute(sa.select(outreach_events)).all()]


def test_news_are_kept_once_and_acknowledged(shop):
    began = time.monotonic()
    answers = [post(shop, LATE) for _ in range(3)]
    assert [(a.status_code, a.text) for a in answers] == [(202, "kept"), *[(202, "known")] * 2]
    assert time.monotonic() - began < 3
    assert [row[:3] for row in kept(shop)] == [("shop:e-1", "order.late", "4711")]


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another"},
        {"signature": "sha256=" + "0" * 64},
        {"signature": "nonsense"},
        {"at": 0},
    ],
)
def test_what_is_forged_or_replayed_is_refused(shop, how):
    assert post(shop, LATE, **how).status_code == 401
    assert kept(shop) == []


def test_a_true_call_that_is_sent_again_later_is_refused(shop):
    assert post(shop, LATE, at=time.time() - 330).status_code == 401
    assert post(shop, LATE, at=time.time() + 330).status_code == 401
    assert post(shop, LATE, at=time.time() - 200).status_code == 202


def test_a_changed_body_does_not_fit_its_signature(shop):
    stamp = str(int(time.time()))
    signature = sign_news(SECRET, stamp, json.dumps(LATE).encode())
    other = {**LATE, "data": {"order_number": "4712"}}
    assert post(shop, other, at=int(stamp), signature=signature).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "JSON"),
        (b"[]", 400, "an object"),
        ({**LATE, "id": ""}, 400, "id"),
        ({**LATE, "id": "x" * 129}, 400, "id"),
        ({**LATE, "data": None}, 400, "data"),
        ({**LATE, "data": {}}, 400, "order_number"),
        ({**LATE, "data": {"order_number": "4711 4712"}}, 400, "order_number"),
        ({**LATE, "data": {"order_number": "4711", "expected_on": "soon"}}, 400, "expected_on"),
        ({**LATE, "type": "product.back_in_stock"}, 400, "sku"),
        ({**LATE, "type": "order.painted"}, 202, "nothing"),
        (b"[" * 100_000, 400, "JSON"),
        (b" " * 1_000_001, 413, "large"),
    ],
)
def test_what_is_not_by_the_contract_is_told_so(shop, body, status, told):
    answer = post(shop, body)
    assert (answer.status_code, kept(shop)) == (status, [])
    assert told in answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "type", "data", "order_number"]), inner)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["/news", "/woocommerce"]),
)
def test_anything_signed_is_answered_without_a_fault(shop, body, path):
    raw = json.dumps(body).encode()
    assert post(shop, raw, path=path).status_code < 500
    woo = woocommerce(shop, raw, topic="order.updated")
    assert woo.status_code < 500


def woocommerce(server, body, topic="order.updated", secret=SECRET):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    headers = {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": base64.b64encode(signed).decode(),
        "X-WC-Webhook-Delivery-ID": str(time.time()),
    }
    url = f"{server.url}/webhooks/orders/woocommerce"
    return httpx.post(url, content=raw, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("body", "topic", "stored"),
    [
        (
            {"id": 4711, "number": "4711", "status": "completed"},
            "order.updated",
            ("woocommerce:4711:order.shipped", "order.shipped", "4711"),
        ),
        (
            {"id": 4711, "number": "4711", "status": "refunded"},
            "order.updated",
            ("woocommerce:4711:order.refunded", "order.refunded", "4711"),
        ),
        (
            {"sku": "MUG-1", "stock_status": "instock", "date_modified_gmt": "2026-11-18T10:00:00"},
            "product.updated",
            ("woocommerce:MUG-1:2026-11-18T10:00:00", "product.back_in_stock", "MUG-1"),
        ),
        ({"id": 4711, "number": "4711", "status": "processing"}, "order.updated", None),
        ({"sku": "MUG-1", "stock_status": "outofstock"}, "product.updated", None),
        ({"id": 1}, "customer.updated", None),
        (b"webhook_id=7", "", None),
    ],
)
def test_what_woocommerce_sends(shop, body, topic, stored):
    for _ in range(2):  # with another delivery id each time
        assert woocommerce(shop, body, topic).status_code == 202
    assert [row[:3] for row in kept(shop)] == ([stored] if stored else [])


def test_woocommerce_s_forged_signature_is_refused(shop):
    assert woocommerce(shop, {"id": 4711, "status": "completed"}, secret="x").status_code == 401


def test_without_a_database_the_sender_is_asked_to_try_again(shop, monkeypatch):
    monkeypatch.setattr(order_news_input, "KEEP_SECONDS", 0.3)

    def down(self, news):
        raise sa.exc.OperationalError("insert", {}, Exception("away"))

    with monkeypatch.context() as patched:
        patched.setattr(NewsInbox, "keep", down)
        answer = post(shop, LATE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    with monkeypatch.context() as patched:
        patched.setattr(NewsInbox, "keep", lambda *_: time.sleep(1.0))
        began = time.monotonic()
        assert post(shop, LATE).status_code == 503
        assert time.monotonic() - began < 0.9
    assert post(shop, LATE).status_code == 202


def test_without_a_secret_it_is_off(serve):
    serve()
    server = Served([OrderNewsInput.from_credentials(None)], ScriptedAgent())
    assert post(server, LATE).status_code == 404
    server.stop()


def _everybody_sleeps_never(monkeypatch):
    """A test that runs at night must not wait for the morning."""
    from switchboard.outreach import outreach_rules

    monkeypatch.setattr(outreach_rules, "_quiet", lambda _policy: None)


def test_from_the_webhook_to_the_customer_s_messenger(shop, serve, graph, monkeypatch, tmp_path):
    _everybody_sleeps_never(monkeypatch)
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_MINUTES", "61")  # services of their own
    served, who = serve(), "facebook:1001:1"
    deliver(served.url, batch(said(1, "tell me when it ships")))
    graph.wait_for(1)
    spoken = {"event": "user", "timestamp": time.time(), "text": "tell me when it ships"}
    from switchboard.conversations.log import ConversationLog

    with shop.database.begin() as db:
        ConversationLog(shop.database).append(db, who, [spoken])
        row = {"conversation_id": who, "order_number": "4711", "used_at": time.time()}
        db.execute(sa.insert(identity_proofs).values(**row))
    assert WishBook(shop.database).agree(who, "facebook", NewsKind.DELIVERY, "4711")
    for _ in range(3):
        assert post(shop, LATE).status_code == 202
    texts = graph.wait_for(1, 2)
    assert "order 4711 is later than planned" in texts[1]
    time.sleep(4)
    assert len(graph.sent) == 2
