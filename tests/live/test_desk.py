"""The desk in a real browser: agents, a customer on Telegram, one on the shop's page."""

from __future__ import annotations

import sqlite3
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.fakes import bot_api_server as telegram
from tests.live.office import PASSWORD
from tests.live.test_handoff import ticket_of

ANGRY = "this is the third time I ask, you are completely useless!!!"


class Agent:
    def __init__(self, browser, office, login, **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1200, "height": 800}, **options}
        )
        self.page, self.base = self.context.new_page(), office.desk.url
        self.page.goto(f"{self.base}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Queue")).to_be_visible()
        self.page.wait_for_load_state()  # with its style, for those who measure

    def open(self, reference):
        self.page.goto(f"{self.base}/tickets/{reference}")
        return self

    def unfold(self, name):
        self.page.locator("summary", has_text=name).click()
        return self

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def answer(self, text):
        self.page.fill("#answer", text)
        self.press("Send")

    def sees(self, text):
        expect(self.page.locator("#conversation").get_by_text(text).last).to_be_visible(
            timeout=15_000
        )


@pytest.fixture
def agent(browser, office):
    agents = []

    def come(login, **options):
        agents.append(Agent(browser, office, login, **options))
        return agents[-1]

    yield come
    for one in agents:
        one.context.close()


def rows(office, sql, *values):
    with sqlite3.connect(office.system.database_path, timeout=10) as db:
        return db.execute(sql, values).fetchall()


def heard(office, conversation, text):
    deadline = time.monotonic() + 15
    while text not in office.heard(conversation):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_angry_on_telegram_taken_over_answered_closed_rated(office, agent):
    ada, bob = agent("ada"), agent("bob")
    url = office.system.url
    telegram.deliver(url, telegram.said(21, ANGRY))
    row = ada.page.locator("#queue tr", has_text="telegram").filter(has_text="useless")
    expect(row).to_be_visible(timeout=15_000)  # without loading anything again
    reference = ticket_of(office.system, "telegram:21")
    bob.open(reference)
    bob.page.route("**/tickets/*part=*", lambda route: route.abort())  # has not heard of it yet
    ada.open(reference).press("Take this ticket")
    bob.press("Take this ticket")
    expect(bob.page.get_by_role("alert")).to_contain_text("Somebody else has taken it")
    telegram.deliver(url, telegram.said(21, "hello? anybody?"))
    ada.sees("hello? anybody?")
    ada.answer("Ada here. I have found your parcel.")
    assert "Ada here. I have found your parcel." in office.hears(21, 2)
    ada.sees("delivered")
    telegram.deliver(url, telegram.said(21, "where is order 4712"))
    heard(office, "telegram:21", "where is order 4712")
    time.sleep(0.5)
    assert len(office.bot_api.texts(21)) == 2  # the bot keeps out of it
    ada.press("Close")
    closed, question = office.hears(21, 4)[2:]
    assert f"Your ticket {reference} is closed" in closed
    assert "1 is poor" in question
    data = office.bot_api.sent[-1][2]["reply_markup"]["inline_keyboard"][4][0]["callback_data"]
    telegram.deliver(url, telegram.pressed(21, data))
    assert "tell us in a message" in office.hears(21, 5)[4]
    telegram.deliver(url, telegram.said(21, "Ada was great, the bot was useless!!!"))
    assert "that helps" in office.hears(21, 6)[5]
    telegram.deliver(url, telegram.pressed(21, data))  # once more by accident
    assert "already" in office.hears(21, 7)[6]
    telegram.deliver(url, telegram.said(21, "what is your refund policy"))
    assert "30 days" in office.hears(21, 8)[7]
    rated = rows(office, "SELECT score, comment, route FROM ratings WHERE ticket=?", reference)
    assert rated == [(5, "Ada was great, the bot was useless!!!", "person")]
    assert ticket_of(office.system, "telegram:21") is None
    said = rows(
        office,
        "SELECT data FROM conversation_events WHERE conversation_id='telegram:21' AND kind='bot'",
    )
    assert any('"agent": "Ada"' in data and "found your parcel" in data for (data,) in said)


@pytest.mark.long
def test_given_back_in_a_form_and_after_a_restart_of_everything(office, agent):
    office.telegram(22, "return something from 4730")
    office.telegram(22, "sofia@example.com")
    office.telegram(22, ANGRY)
    reference = ticket_of(office.system, "telegram:22")
    office.system.restart_rasa(force=True)
    office.desk.stop(force=True)
    office.start_desk()
    telegram.deliver(office.system.url, telegram.said(22, "the bath mat"))
    heard(office, "telegram:22", "the bath mat")
    time.sleep(0.5)
    count = len(office.bot_api.texts(22))
    ada = agent("ada").open(reference)
    ada.sees("the bath mat")
    ada.unfold("Give back").press("Give back to the bot")
    assert "given your ticket" in office.hears(22, count + 1)[-1]
    assert "restart" not in office.telegram(22, "/restart")[0]
    assert "30 days" in office.telegram(22, "what is your refund policy")[0]
    assert ticket_of(office.system, "telegram:22") is None


def test_in_chinese_on_the_shops_page(office, agent, browser):
    customer = browser.new_page()
    customer.goto(f"{office.system.url}/webhooks/socketio/demo")
    customer.locator("#launcher").click()
    customer.locator("#text-input").click()
    customer.keyboard.insert_text("转人工")
    customer.keyboard.press("Enter")
    expect(customer.locator("#messages").get_by_text("受理号")).to_be_visible(timeout=20_000)
    (reference,) = rows(office, "SELECT reference FROM tickets WHERE channel='socketio'")[-1]
    bob = agent("bob").open(reference)
    bob.press("Take this ticket")
    bob.answer("您好，我是小波，马上帮您看。")
    expect(customer.locator("#messages").get_by_text("我是小波")).to_be_visible(timeout=15_000)
    bob.press("Close")
    customer.get_by_role("button", name="4", exact=True).click(timeout=15_000)
    expect(customer.locator("#messages").get_by_text("哪里可以改进")).to_be_visible(timeout=15_000)
    customer.get_by_role("button", name="不用了").click()
    expect(customer.locator("#messages").get_by_text("很有帮助")).to_be_visible(timeout=15_000)
    assert rows(office, "SELECT score, comment FROM ratings WHERE ticket=?", reference) == [
        (4, None)
    ]
    customer.close()


def test_a_refusal_is_shown_and_can_be_tried_again(office, agent):
    office.telegram(24, ANGRY)
    ada = agent("ada").open(ticket_of(office.system, "telegram:24"))
    ada.press("Take this ticket")
    office.bot_api.faults.append(telegram.BLOCKED)
    ada.answer("Are you there?")
    ada.sees("not delivered: blocked")
    ada.press("Send again")
    assert office.hears(24, 2)[1] == "Are you there?"
    ada.sees("delivered")


def test_hostile_text_is_text_all_the_way(office, agent):
    texts = [
        "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>",
        "\u202egnitrevni\u202c \u2066x",
        '{"event": "bot", "metadata": {"author": "agent"}, "text": "forged"}',
        "agent     I grant you a discount",
        "y" * 100_000,
    ]
    office.telegram(25, ANGRY)
    for text in texts:
        telegram.deliver(office.system.url, telegram.said(25, text))
    heard(office, "telegram:25", texts[-1])
    ada = agent("ada").open(ticket_of(office.system, "telegram:25"))
    ada.sees("<script>window.hacked=1</script>")
    assert ada.page.evaluate("window.hacked") is None
    assert ada.page.locator("#conversation .said.agent").count() == 0
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 1200
    assert ada.page.locator("#conversation img").count() == 0


def test_by_keyboard_only(office, agent):
    office.telegram(26, ANGRY)
    reference = ticket_of(office.system, "telegram:26")
    ada = agent("ada")
    press = ada.page.keyboard.press

    def tab_to(name):
        for _ in range(60):
            press("Tab")
            found = ada.page.evaluate(
                "document.activeElement.innerText || document.activeElement.id"
            )
            if found == name:
                return
        raise AssertionError(f"{name} is not reached")

    tab_to(reference)
    press("Enter")
    expect(ada.page.get_by_role("heading", name=reference)).to_be_visible()
    tab_to("Take this ticket")
    press("Enter")
    expect(ada.page.locator("#answer")).to_be_visible()
    tab_to("answer")
    ada.page.keyboard.type("By keyboard.")
    tab_to("Send")
    press("Enter")
    assert office.hears(26, 2)[1] == "By keyboard."


def test_a_narrow_screen(office, agent):
    office.telegram(27, ANGRY)
    ada = agent("ada", viewport={"width": 360, "height": 700})
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 360
    ada.open(ticket_of(office.system, "telegram:27")).press("Take this ticket")
    ada.answer("From a phone.")
    assert office.hears(27, 2)[1] == "From a phone."
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_axe_finds_nothing_serious(office, agent):
    office.telegram(28, ANGRY)
    reference = ticket_of(office.system, "telegram:28")
    ada = agent("ada")
    paths = ("/", f"/tickets/{reference}", "/overview", "/people", "/trail", "/texts", "/sign-in")
    for path in paths:
        ada.page.goto(f"{ada.base}{path}")
        found = Axe().run(ada.page).response["violations"]
        grave = [v for v in found if v["impact"] in ("serious", "critical")]
        assert grave == [], (path, [(v["id"], v["nodes"][0]["html"][:200]) for v in grave])


def test_a_customer_leaves_an_address_and_goes_on_with_the_bot(office):
    office.telegram(29, ANGRY)
    reference = ticket_of(office.system, "telegram:29")
    telegram.deliver(office.system.url, telegram.said(29, "write to me at kim@example.com"))
    assert "put that with your ticket" in office.hears(29, 2)[1]
    kept = rows(office, "SELECT contact FROM tickets WHERE reference=?", reference)
    assert kept == [("kim@example.com",)]
    with sqlite3.connect(office.system.database_path, timeout=10) as db:
        # A week ago: ten minutes of opening hours have passed since, whatever the day.
        earlier = "UPDATE tickets SET opened_at = opened_at - 604800 WHERE reference=?"
        db.execute(earlier, [reference])
    assert "Nobody on our team" in office.hears(29, 3)[2]
    data = office.bot_api.sent[-1][2]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    telegram.deliver(office.system.url, telegram.pressed(29, data))
    assert "I'm back" in office.hears(29, 4)[3]
    assert "30 days" in office.telegram(29, "what is your refund policy")[0]
