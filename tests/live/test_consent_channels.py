"""Consent as customers meet it: on Messenger and Telegram, with servers, a model and restarts."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from switchboard.project import PROJECT as ROOT
from tests.fakes import bot_api_server as telegram
from tests.fakes import graph_server as facebook
from tests.fakes.llm_server import FakeLLM
from tests.live.platforms import Platforms

DISHES, DISHES_ZH = "are the mugs dishwasher safe", "粗陶杯子可以放洗碗机吗"
PEOPLE = "help@tidewick.example, +353 1 555 0142"
JPEG = b"\xff\xd8\xff\xe0" + bytes(500) + b"\xff\xd9"


class Asking(Platforms):
    """A shop that asks for consent, with a model."""

    def __init__(self, folder, seeded_shop):
        self.policy = folder / "data" / "policy.yml"
        shutil.copytree(ROOT / "data", self.policy.parent)
        self.write("required: false", "required: true")
        self.llm = FakeLLM()
        more = {"OPENAI_BASE_URL": f"{self.llm.url}/v1", "SWITCHBOARD_LLM_TIMEOUT": "3"}
        super().__init__(folder, seeded_shop, SWITCHBOARD_DATA_DIR=str(self.policy.parent), **more)
        self.graph.profile = {"first_name": "Maya", "locale": "en_US", "id": "1"}
        self.graph.pictures["/a.jpg"] = JPEG

    def write(self, was, becomes):
        text = self.policy.read_text(encoding="utf-8")
        assert was in text
        self.policy.write_text(text.replace(was, becomes, 1), encoding="utf-8")

    def stop(self):
        super().stop()
        self.llm.close()

    def say(self, channel, chat, text, count=1, **more):
        return getattr(self, channel)(chat, text, count, **more)

    def press(self, channel, chat, title, count=1):
        """Press a button of the latest message; the texts that come back."""
        fake = self.graph if channel == "messenger" else self.bot_api
        before = len(fake.texts(chat))
        latest = next(message for _, to, message in reversed(fake.sent) if to == str(chat))
        if channel == "messenger":
            offered = {
                one["title"]: one["payload"] for one in latest["attachment"]["payload"]["buttons"]
            }
            event = facebook.said(chat, title, quick_reply={"payload": offered[title]})
            facebook.deliver(self.system.url, facebook.batch(event))
        else:
            rows = latest["reply_markup"]["inline_keyboard"]
            offered = {one["text"]: one["callback_data"] for row in rows for one in row}
            telegram.deliver(self.system.url, telegram.pressed(chat, offered[title]))
        found = fake.wait_for(chat, before + count)[before:]
        return [text.replace("\\", "") for text in found]

    def where(self, words):
        """Where words are kept: tables, logs, and what the model was asked."""
        found = []
        with sqlite3.connect(self.system.database_path, timeout=10) as db:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
            for (name,) in tables:
                rows = db.execute(f'SELECT * FROM "{name}"').fetchall()
                found += [name] * any(words in str(value) for row in rows for value in row)
        logs = self.system.folder.glob("*.log")
        found += [log.name for log in logs if words in log.read_text(errors="replace")]
        return found + ["model"] * any(words in prompt for prompt in self.llm.prompts)

    def acts(self, conversation):
        rows = "SELECT act FROM consents WHERE conversation_id=? ORDER BY id"
        return [act for (act,) in self.system.run(rows, conversation)]


@pytest.fixture(scope="module")
def asking(tmp_path_factory, seeded_shop):
    shop = Asking(tmp_path_factory.mktemp("consent"), seeded_shop)
    try:
        shop.system.start()
        yield shop
    finally:
        shop.stop()


BOTH = pytest.mark.parametrize(
    ("channel", "chat", "question", "machine", "yes", "no"),
    [
        ("messenger", 1, DISHES, "a machine", "Yes, I agree", "No"),
        ("messenger", 2, DISHES_ZH, "机器人", "同意", "不同意"),
        ("telegram", 1, DISHES, "a machine", "Yes, I agree", "No"),
        ("telegram", 2, DISHES_ZH, "机器人", "同意", "不同意"),
    ],
)


@BOTH
def test_who_agrees_by_button_is_answered(asking, channel, chat, question, machine, yes, no):
    chat += 100
    (asked,) = asking.say(channel, chat, question)
    assert machine in asked
    assert "tidewick.example/privacy" in asked
    assert help_in(asked)
    conversation = f"facebook:1001:{chat}" if channel == "messenger" else f"telegram:{chat}"
    assert asking.heard(conversation) == []
    (answer,) = asking.press(channel, chat, yes)
    assert machine not in answer
    assert asking.heard(conversation) == [question]
    assert asking.acts(conversation) == ["asked", "given"]
    assert machine not in asking.say(channel, chat, "hello")[0]


@BOTH
def test_of_who_refuses_nothing_is_kept(asking, channel, chat, question, machine, yes, no):
    chat, secret = chat + 110, f"zyx{channel}{chat}"
    asking.say(channel, chat, f"{secret} {question}")
    assert asking.where(secret)  # it waits
    assert help_in(asking.press(channel, chat, no)[0])
    assert machine in asking.say(channel, chat, f"{secret} {question}")[0]
    asking.say(channel, chat, no)
    assert asking.where(secret) == []


@pytest.mark.parametrize("channel", ["messenger", "telegram"])
def test_something_else_waits_and_all_is_answered_in_order_after_a_typed_yes(asking, channel):
    said = ["hello", "why do you ask?", "where is order 4712"]
    for number, text in enumerate(said):
        (asked,) = asking.say(channel, 120, text)
        assert ("waits" in asked) if number else ("a machine" in asked)
        assert help_in(asked)
    answers = asking.say(channel, 120, "ok, I agree", len(said))
    assert "Hello Maya" in answers[0]
    assert "e-mail address or phone" in answers[-1]
    conversation = "facebook:1001:120" if channel == "messenger" else "telegram:120"
    assert asking.heard(conversation) == said


def test_a_picture_or_a_sound_comes_first(asking):
    url = f"{asking.graph.url}/a.jpg"
    files = "SELECT count(*) FROM files WHERE conversation_id=?"
    for chat, kind in ((130, "image"), (131, "audio")):
        sent = [{"type": kind, "payload": {"url": url}}]
        assert "a machine" in asking.messenger(chat, None, attachments=sent)[0]
        asking.press("messenger", chat, "No")
        assert asking.system.run(files, f"facebook:1001:{chat}") == [(0,)]
    photo = [{"file_id": "p1", "file_unique_id": "u1", "width": 9, "height": 9}]
    assert "a machine" in asking.telegram(130, None, photo=photo)[0]
    assert "Thank you" in asking.press("telegram", 130, "Yes, I agree")[0]


@pytest.mark.parametrize("channel", ["messenger", "telegram"])
def test_two_messages_at_once_are_both_answered(asking, channel):
    fake, events = asking.graph, facebook
    first, second = events.said(140, "hello"), events.said(140, "where is order 4712")
    if channel == "messenger":
        events.deliver(asking.system.url, events.batch(first, second))
    else:
        fake, events = asking.bot_api, telegram
        for text in ("hello", "where is order 4712"):
            events.deliver(asking.system.url, events.said(140, text))
    fake.wait_for(140, 2)
    answers = asking.press(channel, 140, "Yes, I agree", 2)
    assert "Hello Maya" in answers[0]
    assert "e-mail address or phone" in answers[1]


def test_who_wants_a_person_knows_how_to_reach_one_and_after_a_yes_has_a_ticket(asking):
    said = [
        "this is the third time I ask, you are completely useless!!!",
        "let me talk to a person",
    ]
    for text in said:
        assert help_in(asking.messenger(150, text)[0])
    assert "T-" in asking.messenger(150, "yes")[0]
    assert asking.heard("facebook:1001:150") == said
    tickets = "SELECT count(*) FROM tickets WHERE conversation_id='facebook:1001:150'"
    assert asking.system.run(tickets) == [(1,)]


@pytest.mark.parametrize(
    ("channel", "chat", "hello", "size", "taken_back", "told"),
    [
        ("messenger", 160, "hello", "my size is M", "I withdraw my consent", "withdrawn"),
        ("telegram", 161, "你好", "我穿M码", "撤回同意", "已撤回"),
    ],
)
def test_consent_is_taken_back(asking, channel, chat, hello, size, taken_back, told):
    known = "SELECT count(*) FROM preferences WHERE conversation_id LIKE ?"
    asking.say(channel, chat, hello)
    asking.press(channel, chat, "同意" if chat == 161 else "Yes, I agree")
    asking.say(channel, chat, size)
    assert asking.system.run(known, f"%:{chat}") == [(1,)]
    assert told in asking.say(channel, chat, taken_back)[0]
    assert asking.system.run(known, f"%:{chat}") == [(0,)]
    secret = f"zyx{chat} {DISHES}"
    assert "privacy" in asking.say(channel, chat, secret)[0]
    assert asking.where(secret) == ["held_messages"]


def test_a_new_version_is_agreed_to_anew(asking):
    asking.messenger(170, "hello")
    asking.press("messenger", 170, "Yes, I agree")
    asking.write('version: "1"', 'version: "2"')
    asking.system.restart_rasa()
    assert "a machine" in asking.messenger(170, DISHES)[0]
    assert asking.heard("facebook:1001:170") == ["hello"]
    asking.press("messenger", 170, "Yes, I agree")
    assert asking.heard("facebook:1001:170") == ["hello", DISHES]
    shown = "SELECT version FROM notices_shown WHERE conversation_id='facebook:1001:170'"
    assert asking.system.run(shown) == [("1",), ("2",)]


def help_in(text):
    """Whether it says how to reach people."""
    return all(part in text for part in PEOPLE.split(", "))
