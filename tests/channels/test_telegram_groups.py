"""A bot in a group: whoever addresses it is told where it answers, and nobody hears of an order."""

import time

import pytest
import sqlalchemy as sa

from switchboard.channels.telegram import telegram_groups
from switchboard.channels.telegram.telegram_groups import Bot, is_addressed
from switchboard.database.tables import inbox
from switchboard.mailroom.message import AGENT, Outgoing
from tests.fakes.bot_api_server import ME, deliver, edited, message, pressed, said

GROUP = {"id": -100200, "type": "supergroup", "title": "Friends of stoneware"}
OTHER = {"id": -7, "type": "group", "title": "Neighbours"}
OURS = {**message(42, "before", GROUP), "from": ME}
BOT = Bot(42, "tidewick_bot")

ADDRESSED = {
    "by name": said(5, "where is 4711, @tidewick_bot?", GROUP),
    "in capitals": said(5, "@Tidewick_Bot hello", GROUP),
    "in a caption": said(5, photo=[{"file_id": "p"}], caption="@tidewick_bot look", chat=GROUP),
    "as a reply": said(6, "and mine?", GROUP, reply_to_message=OURS),
    "by a command": said(7, "/human", GROUP),
    "by a command with its name": said(7, "/track@tidewick_bot", GROUP),
    "by a button of before": pressed(7, "1:0", GROUP),
}
SILENT = {
    "chatter": said(5, "nice mugs", GROUP),
    "an order number": said(5, "4711 maya@example.com", GROUP),
    "a friend": said(5, "@maya did you get yours?", GROUP),
    "a bot of nearly that name": said(7, "@tidewick_bots hello", GROUP),
    "an address": said(7, "write to shop@tidewick_bot.example", GROUP),
    "another bot's command": said(7, "/human@other_bot", GROUP),
    "nobody's command": said(7, "/weather", GROUP),
    "a reply to a friend": said(6, "and mine?", GROUP, reply_to_message=message(5, "x", GROUP)),
    "an anonymous admin": said(5, "@tidewick_bot hello", GROUP, sender_chat=GROUP),
    "a linked channel": said(5, "/start", GROUP, sender_chat={"id": -5, "type": "channel"}),
    "passed on": said(5, "@tidewick_bot hello", GROUP, forward_origin={"type": "user"}),
    "by way of a bot": said(5, "@tidewick_bot hello", GROUP, via_bot={"id": 8, "is_bot": True}),
    "an edit": edited(said(5, "hello", GROUP), "@tidewick_bot hello"),
    "another bot": said(8, "/start", GROUP, **{"from": {"id": 8, "is_bot": True}}),
    "someone came": said(5, chat=GROUP, new_chat_members=[ME]),
    "it became a supergroup": said(5, chat=OTHER, migrate_to_chat_id=-100200),
}


def count_kept(served):
    with served.channels[1].dispatcher.parts.outbox.engine.connect() as db:
        return db.execute(sa.select(sa.func.count()).select_from(inbox)).scalar_one()


@pytest.mark.parametrize("name", ADDRESSED)
def test_whoever_addresses_the_bot_is_told(name):
    assert is_addressed(ADDRESSED[name], BOT)


def test_a_group_is_told_once_in_a_while_and_nothing_else(served, bot_api, agent, monkeypatch):
    agent.script = lambda m: [{"text": "Order 4711 goes to 1 Quay Street."}]
    for update in (*ADDRESSED.values(), *SILENT.values(), ADDRESSED["by name"]):
        assert deliver(served.url, update) == 200
    (text,) = bot_api.wait_for(-100200)
    assert "in private only" in text
    deadline = time.monotonic() + 10
    while served.channels[1].dispatcher.parts.inbox.waiting():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert agent.heard == []
    assert len(bot_api.sent) == 1
    asked = bot_api.sent[0][2]
    assert asked["reply_parameters"]["message_id"] == ADDRESSED["by name"]["message"]["message_id"]
    button = asked["reply_markup"]["inline_keyboard"][0][0]
    assert button == {
        "text": "Write in private",
        "url": "https://t.me/tidewick_bot?start=group",
    }
    assert bot_api.called("answerCallbackQuery")
    monkeypatch.setattr(telegram_groups, "QUIET_SECONDS", 0.0)
    deliver(served.url, said(5, "@tidewick_bot 我的订单到哪了？", GROUP))
    assert "私聊" in bot_api.wait_for(-100200, 2)[1]


def test_chatter_is_not_kept(served, bot_api, agent):
    names = ("chatter", "an order number", "a reply to a friend", "an anonymous admin", "passed on")
    for name in (*names, "a linked channel", "by way of a bot", "an edit", "another bot"):
        assert deliver(served.url, SILENT[name]) == 200
    assert count_kept(served) == 0


def test_in_private_the_same_person_is_answered(served, bot_api, agent):
    deliver(served.url, ADDRESSED["by name"])
    deliver(served.url, said(5, "where is 4711?"))
    assert bot_api.wait_for(5) == ["You said: where is 4711?"]
    assert agent.heard[0][0] == "telegram:5"


def test_while_telegram_does_not_tell_its_name_nobody_is_bothered(served, bot_api, agent):
    bot_api.revoked = True
    deliver(served.url, SILENT["a friend"])
    deliver(served.url, ADDRESSED["by a command"])
    mail = served.channels[1].dispatcher.parts
    deadline = time.monotonic() + 10
    while mail.inbox.waiting() or not mail.outbox.counts():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert sum(mail.outbox.counts().values()) == 1  # for the command, which needs no name
    assert "t.me" not in str(mail.outbox.next("telegram:-100200"))
    assert bot_api.sent == []


def test_a_group_that_moved_is_told_at_its_new_id(served, bot_api, agent):
    bot_api.migrated[-7] = -100200
    deliver(served.url, said(5, "@tidewick_bot hello", OTHER))
    assert len(bot_api.wait_for(-100200)) == 1


def test_what_is_written_to_a_conversation_of_before_does_not_reach_its_group(served, bot_api):
    """Each member of a group had a conversation there once; a ticket of it may be open still."""
    dispatcher = served.channels[1].dispatcher
    answer = Outgoing("Your order 4711 is on its way.", author=AGENT)
    served.call(dispatcher.post("telegram:-100200:5", [answer]))
    refused = ("refused", "invalid: it is a group, where others read along")
    deadline = time.monotonic() + 10
    while refused not in dispatcher.parts.outbox.counts():
        assert time.monotonic() < deadline, dispatcher.parts.outbox.counts()
        time.sleep(0.05)
    assert bot_api.sent == []
