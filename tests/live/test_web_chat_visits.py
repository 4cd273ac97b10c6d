"""The page's chat over several visits, tabs and looks: what a customer expects of any chat."""

from __future__ import annotations

import io
import json
import random
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from switchboard.channels.web.file_pages import MAX_UPLOAD
from switchboard.database.connection import open_database
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import Outbox

# What a browser computes of two elements' colours, by WCAG 2.
CONTRAST = """(chosen) => {
  const values = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((v) => {
    const share = v / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
  const bright = (text) => values(text).reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const style = getComputedStyle(chosen);
  const [low, high] = [bright(style.color), bright(style.backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05); }"""


def photo(width, height):
    """A picture that does not compress: as heavy as a phone's."""
    noise = random.Random(4).randbytes(width * height * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), noise).save(written, "JPEG", quality=92)
    return written.getvalue()


def stored(web):
    return [
        path for path in Path(web.environment["SWITCHBOARD_FILES_DIR"]).rglob("*") if path.is_file()
    ]


def agent_says(web, conversation, text, agent="Ada"):
    engine = open_database(web.environment["SWITCHBOARD_DATABASE_URL"])
    with engine.begin() as db:
        said = Outgoing(text, author=AGENT, agent=agent)
        Outbox(engine, "socketio").add(db, conversation, [said])
    engine.dispose()


def choose_picture(visitor, content, mime="image/jpeg"):
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Send a picture").click()
    chooser.value.set_files({"name": "photo.jpg", "mimeType": mime, "buffer": content})


def post(url, content, token=None, **headers):
    """(status, reply) of an upload."""
    more = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, content, {**more, **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_phones_photo_goes_out_small_once_and_with_its_words(visit, web):
    visitor = visit().open()
    content = photo(2600, 2000)
    assert len(content) > 4_000_000
    before = set(stored(web))
    choose_picture(visitor, content)
    visitor.input.click()
    visitor.page.keyboard.insert_text("it came like this, where do I report damage")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".ai-message-text")).not_to_have_count(1, timeout=20_000)
    deadline = time.monotonic() + 20
    while not (
        rows := web.run(
            "SELECT data FROM conversation_events WHERE conversation_id=? AND kind='user'",
            visitor.conversation,
        )
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (data,) = rows[0]
    assert json.loads(data)["text"] == "it came like this, where do I report damage"
    assert len(data) < 30_000
    (kept,) = set(stored(web)) - before
    assert kept.stat().st_size < 1_500_000
    assert kept.stat().st_mode & 0o077 == 0  # nobody else on the machine reads it
    with Image.open(kept) as shown:
        assert max(shown.size) == 1600
    visitor.page.reload()
    picture = visitor.page.locator("#messages img").first
    expect(picture).to_be_visible()
    assert picture.get_attribute("alt") == "A picture by You"
    assert picture.evaluate("picture => picture.naturalWidth") == 1600


def test_what_is_no_picture_is_refused_and_its_words_are_sent(visit):
    visitor = visit().open()
    choose_picture(visitor, b"x" * 400_000, "image/png")
    visitor.input.click()
    visitor.page.keyboard.insert_text("what is your refund policy")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#status")).to_contain_text("could not be sent")
    visitor.reads("within 30 days")


def test_uploads_are_bounded_and_belong_to_a_session(visit, web):
    url = f"{web.url}/webhooks/socketio/files"
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    token = visitor.page.evaluate("localStorage.getItem('switchboard-session')")
    picture = photo(40, 40)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert post(url, picture)[0] == 401
    assert post(url, picture, "guess")[0] == 401
    assert post(url, drawing, token) == (415, {"error": "kind"})
    assert post(url, b"", token) == (415, {"error": "kind"})
    assert post(url, picture + b"x" * MAX_UPLOAD, token) == (413, {"error": "size"})
    status, kept = post(url, picture, token)
    assert status == 200
    with urllib.request.urlopen(f"{url}/{kept['id']}") as shown:
        assert shown.read() == picture
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
    for guess in ("x" * 43, "..%2f..%2fetc%2fpasswd", kept["id"][:-1]):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/{guess}")
    # Another customer's file is nobody's attachment.
    other = visit().open()
    other.write("hello")
    other.reads("I can look up")
    said = {"message": "look", "message_id": "forged", "file": kept["id"]}
    answer = other.page.evaluate(
        """said => new Promise(done => { const socket = io(location.origin);
        socket.on("session_confirm", () => socket.emit("user_uttered", said, done));
        socket.emit("session_request", {session_id: localStorage.getItem("switchboard-session")}); })""",
        said,
    )
    assert answer == {}
    deadline = time.monotonic() + 20
    while (
        len(
            rows := web.run(
                "SELECT data FROM conversation_events WHERE conversation_id=? AND kind='user'",
                other.conversation,
            )
        )
        < 2
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert kept["id"] not in "".join(data for (data,) in rows)


def test_what_is_written_without_a_connection_survives_a_visit_elsewhere(visit, web):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    visitor.context.set_offline(True)
    visitor.write("what is your refund policy")
    visitor.page.goto("about:blank")
    visitor.context.set_offline(False)
    visitor.page.goto(f"{web.url}/webhooks/socketio/demo")
    visitor.reads("within 30 days", 1)
    visitor.reads("what is your refund policy", 1)
    assert (
        visitor.page.evaluate(
            "Object.keys(localStorage).filter(key => key.includes('pending')).length"
        )
        == 0
    )


def test_a_second_tab_shows_the_customers_own_lines(visit, web):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    second = visitor.context.new_page()
    second.goto(f"{web.url}/webhooks/socketio/demo")
    second.locator("#launcher").click()
    expect(second.locator("#messages").get_by_text("I can look up")).to_be_visible()
    visitor.write("what is your refund policy")
    expect(second.locator(".user-message-text").last).to_contain_text("what is your refund policy")
    expect(second.locator("#messages").get_by_text("within 30 days")).to_have_count(
        1, timeout=20_000
    )
    visitor.reads("within 30 days", 1)


def test_an_answer_that_came_meanwhile_shows_a_dot_until_it_is_read(visit, web):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    visitor.page.keyboard.press("Escape")
    conversation = visitor.conversation
    visitor.page.goto("about:blank")
    agent_says(web, conversation, "Your parcel is found.")
    time.sleep(2.5)
    visitor.page.goto(f"{web.url}/webhooks/socketio/demo")
    expect(visitor.page.locator("#launcher.unread")).to_be_visible(timeout=10_000)
    visitor.open()
    visitor.reads("Your parcel is found.")
    visitor.page.keyboard.press("Escape")
    visitor.page.reload()
    expect(visitor.page.locator("#launcher")).to_be_visible()
    visitor.page.wait_for_timeout(1500)
    expect(visitor.page.locator("#launcher.unread")).to_have_count(0)


def test_who_speaks_and_when_is_told_to_the_eye_and_the_ear(visit, web):
    visitor = visit().open()
    visitor.write("hello")
    visitor.reads("I can look up")
    agent_says(web, visitor.conversation, "I am looking into it.")
    answer = visitor.page.locator(".agent-message", has_text="I am looking into it.")
    expect(answer).to_be_visible(timeout=20_000)
    expect(answer.locator(".sb-meta")).to_contain_text("Ada · ")
    expect(visitor.page.get_by_role("log").first).to_contain_text("Ada: I am looking into it.")
    expect(visitor.page.get_by_role("log").first).to_contain_text("You can choose: ")
    expect(visitor.page.locator(".user-message-text .sb-away").first).to_have_text("You: ")
    visitor.page.reload()
    expect(answer.locator(".sb-meta")).to_contain_text("Ada · ")


def test_a_double_click_acts_once_and_used_buttons_go(visit, web):
    visitor = visit().open()
    visitor.page.get_by_role("button", name="What is your refund policy?").dblclick()
    visitor.reads("within 30 days", 1)
    visitor.page.wait_for_timeout(1000)
    heard = web.run(
        "SELECT data FROM conversation_events WHERE conversation_id=? AND kind='user'",
        visitor.conversation,
    )
    assert [json.loads(data)["text"] for (data,) in heard] == ["What is your refund policy?"]
    expect(visitor.page.get_by_role("button", name="I want to return something")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#ffd400", "rebeccapurple", "rgb(250, 250, 250)", "nonsense"])
def test_one_colour_of_the_shop_is_everywhere_and_can_be_read(visit, accent, scheme):
    visitor = visit(color_scheme=scheme)
    visitor.page.add_style_tag(content=f"switchboard-chat {{ --accent: {accent} }}")
    visitor.page.evaluate(
        """() => document.querySelector("switchboard-chat").replaceWith(
        document.createElement("switchboard-chat"))"""
    )
    visitor.open()
    visitor.write("hello")
    visitor.reads("I can look up")
    for name in (
        "#launcher",
        "header",
        ".user-message-text",
        ".ai-message-text",
        "button.sb-choice",
    ):
        found = visitor.page.locator(f"switchboard-chat {name}").last.evaluate(CONTRAST)
        assert found >= 4.5, (name, found)
    found = Axe().run(visitor.page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert grave == [], [(v["id"], v["nodes"][0]["html"][:200]) for v in grave]


def test_the_end_forgets_the_session_and_its_proofs_and_asks_how_it_was(visit, web):
    visitor = visit().open()
    for text, answer in (
        ("where is order 4712", "e-mail address or phone"),
        ("maya@example.com", "Cast iron pan"),
    ):
        visitor.write(text)
        visitor.reads(answer)
    before = visitor.conversation
    proofs = "SELECT count(*) FROM identity_proofs WHERE conversation_id=?"
    assert web.run(proofs, before) != [(0,)]
    visitor.page.get_by_role("button", name="End chat").first.click()
    visitor.page.get_by_role("button", name="Back to the chat").click()
    visitor.reads("Cast iron pan")
    visitor.page.get_by_role("button", name="End chat").first.click()
    visitor.page.get_by_label("4", exact=True).check()
    visitor.page.get_by_label("What could be better").fill("faster, please")
    visitor.page.locator("#ending").get_by_role("button", name="End chat").click()
    visitor.reads("I'm the shop's assistant")
    expect(visitor.page.locator("#messages").get_by_text("Cast iron pan")).to_have_count(0)
    assert web.run(proofs, before) == [(0,)]
    rated = "SELECT score, comment, route FROM ratings WHERE conversation_id=?"
    assert web.run(rated, before) == [(4, "faster, please", "known")]
    assert visitor.conversation != before
    visitor.write("where is order 4712")
    visitor.reads("e-mail address or phone")
