"""The chat on the shop's page, in a real browser, against the whole assistant."""

from __future__ import annotations

import base64
import re
import time

import pytest
import socketio
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from switchboard.database.connection import open_database
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import Outbox
from tests.fakes.http import FakeServer

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_conversation_with_buttons_and_its_history_after_a_reload(visit):
    visitor = visit().open()
    visitor.reads("I'm the shop's assistant")
    visitor.write("hello")
    visitor.reads("I can look up and change orders")
    visitor.page.get_by_role("button", name="Where is my order?").click()
    visitor.reads("order number")
    visitor.write("4712")
    visitor.reads("e-mail address or phone")
    visitor.write("maya@example.com")
    visitor.reads("Cast iron pan")
    before = visitor.bubbles()
    visitor.page.reload()
    visitor.reads("Cast iron pan")  # the panel is open again by itself
    # The widget's own first words are no part of the conversation.
    assert visitor.bubbles() == before[1:]


def test_in_chinese(visit):
    visitor = visit(locale="zh-CN")
    visitor.page.evaluate(
        """() => { document.documentElement.lang = "zh";
        const old = document.querySelector("switchboard-chat"); const chat = document.createElement(
        "switchboard-chat"); old.replaceWith(chat); }"""
    )
    visitor.open()
    visitor.reads("本店的智能助手")
    expect(visitor.page.get_by_role("textbox", name="输入消息")).to_be_visible()
    visitor.write("4712")  # tells no language; the page does
    visitor.reads("订单 4712")


@pytest.mark.parametrize("slowdown", [1, 12])
def test_by_keyboard_only(visit, slowdown):
    visitor = visit()
    slow = visitor.context.new_cdp_session(visitor.page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    press = visitor.page.keyboard.press
    press("Tab")
    press("Enter")
    expect(visitor.input).to_be_focused()
    visitor.page.keyboard.type("hello")
    press("Enter")
    visitor.reads("I can look up and change orders")
    for _ in range(12):
        press("Shift+Tab")
        if visitor.page.locator("button.sb-choice:focus").count():
            break
    title = visitor.page.locator("button.sb-choice:focus").inner_text()
    press("Enter")
    expect(visitor.page.locator(".user-message-text").last).to_contain_text(title)
    press("Escape")
    expect(visitor.page.locator("#panel")).to_be_hidden()
    expect(visitor.page.locator("#launcher")).to_be_focused()


def test_axe_finds_nothing_serious(visit):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up and change orders")
    found = Axe().run(visitor.page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert grave == [], [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in grave]


def test_what_is_said_is_announced(visit):
    visitor = visit().open()
    visitor.write("hello")
    expect(visitor.page.get_by_role("log").first).to_contain_text("I can look up", timeout=20_000)


def test_a_narrow_screen_is_filled(visit):
    visitor = visit(viewport={"width": 360, "height": 640}).open()
    box = visitor.page.locator("#panel").bounding_box()
    assert (box["x"], box["width"], box["height"]) == (0, 360, 640)
    visitor.write("what is your refund policy")
    visitor.reads("within 30 days")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_picture_is_shown_and_acknowledged(visit, web):
    visitor = visit().open()
    file = {"name": "broken.png", "mimeType": "image/png", "buffer": PIXEL}
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Send a picture").click()
    chooser.value.set_files(file)
    visitor.input.click()
    visitor.page.keyboard.press("Enter")
    visitor.reads(re.compile("put that with this conversation"))
    rows = web.run(
        "SELECT data FROM conversation_events WHERE conversation_id=? AND kind='user'",
        visitor.conversation,
    )
    assert '"switchboard-file:' in rows[0][0]
    assert "base64" not in rows[0][0]
    visitor.page.reload()
    expect(visitor.page.locator("#messages img").first).to_be_visible()


def test_hostile_text_is_text(visit):
    visitor = visit().open()
    visitor.write('<img src=x onerror="window.hacked=1"><b>hi</b>')
    visitor.reads("<b>hi</b>")
    visitor.write("/restart")
    visitor.write("[a link](javascript:hack()) <javascript:hack()>")
    visitor.reads("a link")
    visitor.page.wait_for_timeout(500)
    assert visitor.page.evaluate("window.hacked") is None
    assert visitor.page.locator('a[href^="javascript"]').count() == 0
    assert visitor.page.locator("#messages img").count() == 0


def test_a_persons_answer_appears_at_once_and_counts_as_unread_when_closed(visit, web):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    engine = open_database(web.environment["SWITCHBOARD_DATABASE_URL"])
    outbox = Outbox(engine, "socketio")
    with engine.begin() as db:
        outbox.add(db, visitor.conversation, [Outgoing("This is Tom from the team.", author=AGENT)])
    visitor.reads("This is Tom from the team.")
    visitor.page.keyboard.press("Escape")
    with engine.begin() as db:
        outbox.add(db, visitor.conversation, [Outgoing("Still there?", author=AGENT)])
    expect(visitor.page.locator("#launcher.unread")).to_be_visible(timeout=20_000)
    engine.dispose()


@pytest.mark.long
def test_over_a_restart_of_the_server_nothing_is_lost(visit, web):
    visitor = visit().open()
    visitor.write("what is your refund policy")
    visitor.reads("within 30 days", 1)
    web.rasa.stop(force=True)
    expect(visitor.page.get_by_role("status").first).to_contain_text(
        "No connection", timeout=30_000
    )
    visitor.write("which payment methods do you take")
    web.start_rasa()
    web.rasa.wait()
    expect(visitor.page.locator("#status")).to_be_hidden(timeout=30_000)
    visitor.reads("PayPal")
    visitor.reads("within 30 days", 1)
    heard = web.run(
        "SELECT count(*) FROM conversation_events WHERE conversation_id=? AND kind='user'",
        visitor.conversation,
    )
    assert heard == [(2,)]


def test_typing_is_shown_while_a_model_is_asked(visit, patient):
    patient.mode = "slow"
    visitor = visit().open()
    visitor.write("can I put the mugs in the dishwasher?")
    expect(visitor.page.locator(".sb-typing")).to_be_visible(timeout=10_000)
    patient.go_on.set()
    visitor.reads("dishwasher", 2)
    expect(visitor.page.locator(".sb-typing")).to_have_count(0)


def test_two_customers_are_apart_and_a_guessed_session_is_nobodys(visit, web):
    one, other = visit().open(), visit().open()
    one.write("what is your refund policy")
    one.reads("within 30 days")
    assert one.conversation != other.conversation
    other.page.evaluate("localStorage.setItem('switchboard-session', 'guess')")
    other.page.reload()
    other.open()
    other.reads("I'm the shop's assistant")
    assert other.page.locator("#messages").get_by_text("30 days").count() == 0


class Client:
    """A program in place of a browser."""

    def __init__(self, url, **headers):
        self.socket = socketio.Client()
        self.history = None
        self.token = None
        self.socket.on("session_confirm", lambda token: setattr(self, "token", token))
        self.socket.on("session_history", lambda history: setattr(self, "history", history))
        self.socket.connect(url, headers=headers)

    def begin(self, token=None):
        self.socket.emit("session_request", {"session_id": token})
        deadline = time.monotonic() + 10
        while self.history is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return self

    def say(self, text, number, **metadata):
        said = {"message": text, "message_id": number, "metadata": metadata}
        return self.socket.call("user_uttered", said, timeout=10)


def test_a_flood_is_slowed_down_and_odd_messages_are_answered(web):
    client = Client(web.url)
    try:
        assert client.say("before a session", "0") == {"error": "no session"}
        client.begin()
        assert len(client.token) == 43
        assert client.socket.call("user_uttered", "nonsense", timeout=5) == {"error": "no session"}
        assert client.say("x" * 30_000, "1") == {"error": "too long"}
        assert client.say("hello", "") == {"error": "no message_id"}
        assert client.say("hello", "2") == {}
        assert client.say("hello", "2") == {}  # sent again after a lost connection
        answers = [client.say(f"hello {number}", str(number)) for number in range(10, 40)]
        assert answers[0] == {}
        assert answers[-1]["error"] == "too many"
        assert 0 < answers[-1]["seconds"] <= 60
    finally:
        client.socket.disconnect()


def test_a_page_of_somebody_else_may_not_open_the_chat(web):
    with pytest.raises(socketio.exceptions.ConnectionError):
        Client(web.url, Origin="https://elsewhere.example")


class ShopPage(FakeServer):
    """A shop's own site, with the two lines of the README."""

    chat = ""

    def answer(self, method, path, headers, body):
        page = f"""<!doctype html><html lang="en"><head><link rel="icon" href="data:,">
            <script src="{self.chat}/webhooks/socketio/chat.js" defer></script></head>
            <body><h1>Shop</h1><switchboard-chat></switchboard-chat></body></html>"""
        return 200, page.encode(), {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.long
def test_two_lines_put_it_on_a_listed_page_and_on_no_other(browser, web):
    shop, other = ShopPage(), ShopPage()
    shop.chat = other.chat = web.url
    web.more["SWITCHBOARD_WEB_ORIGINS"] = f"https://elsewhere.example, {shop.url}"
    web.restart_rasa()
    page = browser.new_page()
    try:
        page.goto(shop.url)
        page.locator("#launcher").click()
        page.locator("#text-input").click()
        page.keyboard.insert_text("what is your refund policy")
        page.keyboard.press("Enter")
        expect(page.locator("#messages").get_by_text("within 30 days")).to_be_visible(
            timeout=20_000
        )
        page.goto(other.url)
        page.locator("#launcher").click()
        expect(page.locator("#status")).to_contain_text("No connection", timeout=20_000)
        assert page.goto(f"{web.url}/webhooks/socketio/demo").status == 404
    finally:
        page.close()
        shop.close()
        other.close()
        del web.more["SWITCHBOARD_WEB_ORIGINS"]
        web.restart_rasa()
