"""A day at the desk in a real browser: what an agent and a supervisor expect of it."""

from __future__ import annotations

import io
import re
import sqlite3
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from switchboard.project import PROJECT as ROOT
from tests.fakes import bot_api_server as telegram
from tests.live.test_desk import ANGRY, agent, rows  # noqa: F401  (a fixture)
from tests.live.test_handoff import ticket_of
from tests.live.visitor import Visitor

SHOTS = ROOT / "reports"


def picture(colour="teal"):
    written = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(written, "PNG")
    return written.getvalue()


def open_ticket(office, chat):
    office.telegram(chat, ANGRY)
    return ticket_of(office.system, f"telegram:{chat}")


def execute(office, sql, *values):
    with sqlite3.connect(office.system.database_path, timeout=10) as db:
        db.execute(sql, values)


@pytest.fixture
def visitor(browser, office):
    one = Visitor(browser, office.system)
    yield one.open()
    one.context.close()


def on_the_page(office, visitor):
    """A visitor of the shop's page who asks for a person; their ticket."""
    visitor.write("I want to talk to a person")
    visitor.reads(re.compile(r"T-\w{6}"))
    (reference,) = rows(
        office, "SELECT reference FROM tickets WHERE conversation_id=?", visitor.conversation
    )[-1]
    return reference


def test_pictures_both_ways(office, agent, visitor):  # noqa: F811
    reference = on_the_page(office, visitor)
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Send a picture").click()
    chooser.value.set_files({"name": "cup.png", "mimeType": "image/png", "buffer": picture()})
    visitor.input.click()
    visitor.page.keyboard.press("Enter")
    ada = agent("ada").open(reference)
    shown = ada.page.locator("#conversation img")
    expect(shown).to_be_visible(timeout=15_000)
    assert shown.evaluate("picture => picture.naturalWidth") == 400
    assert shown.get_attribute("alt") == "Picture by Customer"
    ada.press("Take this ticket")
    sent = {"name": "label.png", "mimeType": "image/png", "buffer": picture("gold")}
    ada.page.locator("input[type=file]").set_input_files(sent)
    ada.answer("This is your label.")
    answer = visitor.page.locator("#messages img").last
    visitor.reads("This is your label.")
    expect(answer).to_be_visible()
    assert answer.get_attribute("alt") == "A picture by Ada"
    expect(ada.page.locator("#conversation img")).to_have_count(2)
    # To Telegram as well, as a file of its own.
    other = open_ticket(office, 41)
    ada.open(other).press("Take this ticket")
    ada.page.locator("input[type=file]").set_input_files(sent)
    ada.answer("And yours.")
    assert office.hears(41, 3)[-1] == "And yours."
    photo = {"filename": "label.png", "type": "image/png", "size": len(picture("gold"))}
    assert [call["photo"] for call in office.bot_api.called("sendPhoto")] == [photo]
    found = Axe().run(ada.page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_a_wait_ticks_is_overdue_and_writing_again_moves_nobody_down(office, agent):  # noqa: F811
    first, second = open_ticket(office, 42), open_ticket(office, 43)
    ada = agent("ada")

    def order():
        return [
            reference
            for reference in ada.page.locator("#queue td a").all_inner_texts()
            if reference in (first, second)
        ]

    expect(ada.page.locator("#queue tr", has_text=second)).to_be_visible(timeout=15_000)
    assert order() == [first, second]
    telegram.deliver(office.system.url, telegram.said(42, "still here"))
    time.sleep(2)
    assert order() == [first, second]
    waited = ada.page.locator("#queue tr", has_text=first).locator(".ticks")
    before = waited.inner_text()
    expect(waited).not_to_have_text(before, timeout=5_000)
    # Since a week ago: the desk was open meanwhile, whatever the day.
    execute(office, "UPDATE tickets SET opened_at=opened_at-604800 WHERE reference=?", second)
    ada.page.reload()
    assert order() == [second, first]
    expect(ada.page.locator("#queue tr", has_text=second)).to_contain_text("overdue")
    ada.open(second).press("Take this ticket")
    ada.answer("I am here now.")
    ada.sees("delivered")
    ada.page.goto(ada.base)
    assert order() == [first, second]  # nobody waits in the second
    row = ada.page.locator("#queue tr", has_text=second)
    expect(row).not_to_contain_text("overdue")


def test_whose_ticket_it_is(office, agent):  # noqa: F811
    reference = open_ticket(office, 44)
    ada, bob = agent("ada"), agent("bob")
    bob.open(reference).press("Take this ticket")
    expect(bob.page.locator("#answer")).to_be_visible()
    ada.open(reference)
    expect(ada.page.get_by_role("button", name="Take over")).to_be_visible()  # a supervisor
    bob.page.locator(".bar summary").click()
    bob.press("I am away")
    ada.open(reference)
    expect(ada.page.locator(".state")).to_contain_text("Bob (away)")
    ada.press("Take over")
    expect(ada.page.locator("#answer")).to_be_visible()
    bob.open(reference)
    expect(bob.page.get_by_role("button", name="Close", exact=True)).to_have_count(0)
    expect(bob.page.get_by_role("button", name="Take over")).to_have_count(0)  # Ada is here
    bob.page.locator(".bar summary").click()
    bob.press("I am here")
    ada.press("Close")
    bob.open(reference).press("Open again")
    expect(bob.page.locator(".state")).to_contain_text("With: Ada")  # as before
    expect(bob.page.locator("#answer")).to_have_count(0)


def test_what_is_written_stays_while_one_looks_around(office, agent):  # noqa: F811
    reference = open_ticket(office, 45)
    ada = agent("ada").open(reference)
    ada.press("Take this ticket")
    expect(ada.page.locator("#answer")).to_be_visible()
    loads = []
    ada.page.on("framenavigated", lambda frame: loads.append(frame.url))
    ada.page.fill("#answer", "Half an answer")
    ada.page.fill("#note", "a regular")
    ada.press("Note")
    ada.sees("a regular")
    ada.page.locator("#search").fill("floor lamp bulb")
    ada.press("Search")
    ada.page.locator("#draft-sources button").first.click()
    expect(ada.page.locator("#answer")).to_have_value(re.compile("Half an answer.*E27", re.DOTALL))
    assert loads == []  # no page was loaded for any of it
    ada.page.goto(ada.base)
    ada.open(reference)
    expect(ada.page.locator("#answer")).to_have_value(re.compile("^Half an answer"))
    ada.page.fill("#answer", "Done by keyboard")
    ada.page.locator("#answer").press("Control+Enter")
    assert office.hears(45, 2)[1] == "Done by keyboard"
    expect(ada.page.locator("#answer")).to_have_value("")
    expect(ada.page.locator("#answer")).to_be_focused()
    ada.page.reload()
    expect(ada.page.locator("#answer")).to_have_value("")


def test_who_looks_and_who_types_is_seen_on_both_sides(office, agent, visitor):  # noqa: F811
    reference = on_the_page(office, visitor)
    ada, bob = agent("ada").open(reference), agent("bob")
    ada.press("Take this ticket")
    expect(ada.page.locator("#answer")).to_be_visible()
    bob.open(reference)
    expect(bob.page.locator("#others")).to_contain_text("Ada is looking", timeout=10_000)
    visitor.input.click()
    visitor.page.keyboard.type("it is the green one with the lid", delay=150)
    expect(ada.page.locator("#others")).to_contain_text("The customer is writing", timeout=10_000)
    ada.page.locator("#answer").press_sequentially("I see, the green one", delay=150)
    expect(visitor.page.locator(".sb-typing")).to_be_visible(timeout=10_000)
    expect(visitor.page.get_by_role("img", name="Ada is writing")).to_be_visible()
    expect(bob.page.locator("#others")).to_contain_text("Ada is writing", timeout=10_000)


def test_the_title_counts_who_waits(office, agent):  # noqa: F811
    office.clear_queue()
    ada = agent("ada")
    expect(ada.page).to_have_title(re.compile("^Queue"))
    open_ticket(office, 46)
    expect(ada.page).to_have_title(re.compile(r"^\(1\) Queue"), timeout=15_000)
    ada.page.locator(".bar summary").click()
    ada.page.locator("#alerts").click()
    expect(ada.page.locator("#alerts")).to_have_text("Sound and notices: on")


def test_found_snoozed_tagged_merged(office, agent):  # noqa: F811
    one, other = open_ticket(office, 47), open_ticket(office, 48)
    ada = agent("ada").open(one)
    ada.press("Take this ticket")
    ada.page.fill("#tags", "Broken cup, vip")
    ada.press("Tag")
    ada.sees("tagged")
    ada.page.goto(f"{ada.base}/?tag=vip")
    expect(ada.page.locator("#queue td a")).to_have_text([one])
    ada.page.get_by_label("Find tickets").fill("useless third")
    ada.press("Find")
    found = ada.page.locator("#queue td a").all_inner_texts()
    assert {one, other} <= set(found)
    ada.open(one).unfold("Later").press("Snooze")
    expect(ada.page.locator("#conversation")).to_contain_text("snoozed")
    ada.page.goto(ada.base)
    expect(ada.page.locator("#queue")).not_to_contain_text(one)
    telegram.deliver(office.system.url, telegram.said(47, "me again"))
    expect(ada.page.locator("#queue")).to_contain_text(one, timeout=15_000)  # awake
    ada.open(other).unfold("More")
    ada.page.fill("#into", one)
    ada.press("Merge")
    expect(ada.page.locator(".acts")).to_contain_text(one)
    ada.open(one)
    expect(ada.page.locator("#conversation")).to_contain_text("merged")
    assert ticket_of(office.system, "telegram:48") is None  # the bot has it back


def test_the_page_in_chinese_and_the_texts_that_are_edited(office, agent):  # noqa: F811
    ada = agent("ada")
    ada.page.goto(f"{ada.base}/texts")
    ada.page.locator("#name").fill("greeting by name")
    ada.page.locator("#en0").fill("Hello, {agent} here about {reference}.")
    ada.page.locator("#zh0").fill("您好，我是{agent}，工单{reference}。")
    ada.page.get_by_role("button", name="Keep", exact=True).last.click()
    reference = open_ticket(office, 49)
    ada.open(reference).press("Take this ticket")
    ada.page.locator("#macro").select_option("greeting by name")
    ada.press("Use")
    expect(ada.page.locator("#answer")).to_have_value(f"Hello, Ada here about {reference}.")
    ada.page.locator(".bar summary").click()
    ada.page.locator("#my-language").select_option("zh")
    ada.press("Set")
    expect(ada.page.get_by_role("heading", name="队列")).to_be_visible()
    ada.page.goto(f"{ada.base}/tickets/{reference}")
    expect(ada.page.get_by_text("客户不满").first).to_be_visible()
    ada.page.locator(".bar summary").click()
    ada.page.locator("#my-language").select_option("en")
    ada.press("设置")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_at_hand_on_a_small_laptop_and_can_be_read(office, agent, scheme):  # noqa: F811
    reference = open_ticket(office, 50 if scheme == "light" else 51)
    for number in range(12):
        telegram.deliver(
            office.system.url,
            telegram.said(50 if scheme == "light" else 51, f"line {number} " + "and more " * 20),
        )
    ada = agent("ada", viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    ada.open(reference).press("Take this ticket")
    expect(ada.page.locator("#answer")).to_be_visible()
    ada.sees("line 11")
    for name in ("Close", "Send", "Suggest an answer"):
        button = ada.page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        box = button.bounding_box()
        assert box["y"] + box["height"] <= 800, name
    assert ada.page.evaluate("document.documentElement.scrollHeight") <= 860
    SHOTS.mkdir(exist_ok=True)
    ada.page.screenshot(path=SHOTS / f"desk-ticket-{scheme}.png")
    pages = ("/", f"/tickets/{reference}", "/overview", "/overview/waiting", "/overview/questions")
    for path in (*pages, "/people", "/trail", "/texts"):
        ada.page.goto(f"{ada.base}{path}")
        found = Axe().run(ada.page).response["violations"]
        grave = [v for v in found if v["impact"] in ("serious", "critical")]
        assert grave == [], (path, [(v["id"], v["nodes"][0]["html"][:200]) for v in grave])
        shot = f"desk{path.replace('/', '-').replace(reference, 'ticket')}-{scheme}.png"
        ada.page.screenshot(path=SHOTS / shot)


def test_the_overview_draws_what_its_tables_say(office, agent):  # noqa: F811
    open_ticket(office, 52)
    ada = agent("ada")
    problems = []
    ada.page.on("console", lambda said: problems.append(said.text))
    ada.page.goto(f"{ada.base}/overview")
    chart = ada.page.locator("canvas[data-table='table-handovers']")
    expect(chart).to_be_visible()
    ada.page.wait_for_timeout(1500)  # it grows into place
    drawn = chart.evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
        .data.some(value => value)"""
    )
    assert drawn
    ada.page.locator("summary", has_text="The numbers: Why they went to a person").click()
    expect(ada.page.locator("#table-handovers")).to_contain_text("anger")
    with ada.page.expect_download() as loading:
        ada.page.locator("a[href*='handovers.csv']").click()
    assert "anger" in loading.value.path().read_text()
    assert problems == []  # nothing that the strict policy of the pages refused
