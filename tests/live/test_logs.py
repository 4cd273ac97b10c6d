"""After turns of all kinds, broken ones included, no log of any process holds a customer's word."""

from __future__ import annotations

import urllib.error

import pytest

MARK = "xqzmarker"
WORDS = f"{MARK} where is order 4711? My mail is kim.{MARK}@example.com"
FORGED = f"hello\nERROR    forged {MARK}\x1b[2K\r\n2026-11-22 INFO all is well"
WRONG = [
    f"/no_such_intent {WORDS}",
    f'/inform{{"order_number": {WORDS}}}',
    f"/track_order{{bad {WORDS}",
]


@pytest.fixture
def said(system, sender):
    def say(text, **more):
        try:
            system.say(sender, text, **more)
        except urllib.error.HTTPError:
            return

    return say


def test_no_log_holds_a_customers_word(system, sender, said, llm):
    for text in (WORDS, FORGED, *WRONG, f"{MARK}\ud83d\x00"):
        said(text)
    llm.mode = "broken"
    said(f"can I put {MARK} mugs of order 4711 in the dishwasher?")
    for metadata in ([WORDS], WORDS, {"attachments": WORDS}, {"attachments": [{"kind": WORDS}]}):
        said(WORDS, metadata=metadata)
    with system.actions_with(SWITCHBOARD_ORDERS_URL="http://127.0.0.1:9"):
        said(WORDS)
        said(f"cancel order 4711 kim.{MARK}@example.com")
    system.shop("DROP TABLE orders")
    said(WORDS)
    said(f"kim.{MARK}@example.com")
    logs = {name: (system.folder / name).read_text() for name in ("rasa.log", "actions.log")}
    for name, text in logs.items():
        assert MARK not in text, f"{name}: {[line for line in text.splitlines() if MARK in line]}"
        assert "order 4711" not in text, name
        assert "/orders/4711" not in text, name
        assert "Traceback" not in text, name
    assert "switchboard.orders" in logs["actions.log"], "the place of what failed is told"
