"""Telegram's connector over HTTP, against a fake Bot API."""

import time

import pytest

from tests.fakes.bot_api_server import (
    BLOCKED,
    FLOOD,
    ME,
    TOKEN,
    deliver,
    message,
    pressed,
    refuse,
    said,
    update,
)

GROUP = {"id": -100200, "type": "supergroup", "title": "Friends of stoneware"}


def heard(agent, count, seconds=10.0):
    deadline = time.monotonic() + seconds
    while len(agent.heard) < count:
        assert time.monotonic() < deadline, agent.heard
        time.sleep(0.02)
    return agent.heard


def test_a_message_is_answered_once_in_order(served, bot_api):
    first = said(5, "one")
    for body in (first, said(5, "two"), first, said(5, "three")):
        assert deliver(served.url, body) == 200
    assert bot_api.wait_for(5, 3) == ["You said: one", "You said: two", "You said: three"]


def test_typing_is_shown_while_an_answer_takes_long(served, bot_api, agent):
    agent.pause = 1.0
    deliver(served.url, said(5, "slow"))
    bot_api.wait_for(5)
    assert bot_api.called("sendChatAction") == [{"chat_id": 5, "action": "typing"}]


def test_a_wrong_secret_is_refused(served, agent):
    assert deliver(served.url, said(5, "hello"), secret="other") == 403
    assert deliver(served.url, said(5, "hello"), secret=None) == 403
    assert agent.heard == []


def test_without_a_secret_nothing_is_taken(serve, agent):
    served = serve(TELEGRAM_SECRET_TOKEN="")
    assert deliver(served.url, said(5, "hello"), secret="") == 403


@pytest.mark.parametrize(
    "fault",
    [FLOOD, (502, b"bad gateway"), refuse(500, "Internal Server Error")],
)
def test_what_may_go_later_goes_later(served, bot_api, fault):
    bot_api.faults.append(fault)
    deliver(served.url, said(5, "one"))
    assert bot_api.wait_for(5) == ["You said: one"]


def test_a_pause_is_kept(served, bot_api):
    bot_api.faults.append(FLOOD)
    started = time.monotonic()
    deliver(served.url, said(5, "one"))
    bot_api.wait_for(5)
    assert bot_api.sent[0][0] - started >= 1.0


def test_blocked_is_recorded_and_nothing_more_is_sent(served, bot_api):
    bot_api.faults.append(BLOCKED)
    deliver(served.url, said(5, "one"))
    outbox = served.channels[1].dispatcher.parts.outbox
    deadline = time.monotonic() + 10
    while ("refused", "blocked: HTTP 403") not in outbox.counts():
        assert time.monotonic() < deadline, outbox.counts()
        time.sleep(0.05)
    kicked = {"chat": {"id": 5, "type": "private"}, "from": message(5)["from"]}
    kicked["new_chat_member"] = {"status": "kicked", "user": ME}
    assert deliver(served.url, update(my_chat_member=kicked)) == 200


def test_markdown_is_shown_and_everything_else_is_as_written(served, bot_api, agent):
    agent.script = lambda m: [
        {"text": "**Fee:** €3.90 (a_b) [here](https://tidewick.example/a_(b)!)"},
        {"text": "Plain. Text! #1"},
    ]
    deliver(served.url, said(5, "x"))
    bot_api.wait_for(5, 2)
    marked, plain = [body for _, _, body in bot_api.sent]
    assert marked["parse_mode"] == "MarkdownV2"
    assert marked["text"].startswith(r"*Fee:* €3\.90 \(a\_b\) [here](https://tidewick.example/a_(b")
    assert plain["text"] == r"Plain\. Text\! \#1"


def test_marks_that_telegram_refuses_are_left_out(served, bot_api, agent):
    agent.script = lambda m: [{"text": "**bold**"}]
    bot_api.faults.append(refuse(400, "Bad Request: can't parse entities"))
    deliver(served.url, said(5, "x"))
    assert bot_api.wait_for(5) == ["**bold**"]
    assert "parse_mode" not in bot_api.sent[0][2]


def test_long_texts_are_split(served, bot_api, agent):
    agent.script = lambda m: [{"text": "A sentence! " * 1500}]
    deliver(served.url, said(5, "x"))
    parts = bot_api.wait_for(5, 6)
    assert "".join(parts).count("A sentence") == 1500


def test_buttons_carry_more_than_telegram_does_and_cannot_be_forged(served, bot_api, agent):
    payload = '/choose_article{"article": "' + "long-name-" * 10 + '"}'
    agent.script = lambda m: (
        [{"text": "Which?", "buttons": [{"title": "This", "payload": payload}]}]
        if m.text == "go"
        else [{"text": "Done"}]
    )
    deliver(served.url, said(5, "go"))
    bot_api.wait_for(5)
    data = bot_api.sent[0][2]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for wrong in (pressed(6, data), pressed(5, "/restart"), pressed(5, f"{data}9")):
        deliver(served.url, wrong)
    deliver(served.url, pressed(5, data))
    assert bot_api.wait_for(5, 2)[1] == "Done"
    assert agent.texts() == ["go", payload]
    assert bot_api.called("answerCallbackQuery")


def test_commands(served, agent):
    for text in ("/start gift-2", "/help", "/human", "/stop", "/language zh", "/nonsense", "/"):
        deliver(served.url, said(5, text))
    got = heard(agent, 6)
    assert [text for _, text, _ in got] == [
        "/greet",
        "/bot_challenge",
        "/contact_human_agent",
        "/stop",
        "/greet",
        "nonsense",
    ]
    assert got[0][2]["start"] == "gift-2"
    assert got[4][2]["language"] == "zh"


def test_groups_only_when_addressed_and_each_person_apart(served, bot_api, agent):
    answered = {**message(42, "before", GROUP), "from": ME}
    deliver(served.url, said(5, "nice mugs", GROUP))
    deliver(served.url, said(5, "@tidewick_bot where is 4711?", GROUP))
    deliver(served.url, said(6, "and mine?", GROUP, reply_to_message=answered))
    deliver(served.url, said(7, "/human@tidewick_bot", GROUP))
    deliver(served.url, said(7, "/human@other_bot", GROUP))
    deliver(served.url, said(7, "@tidewick_bots hello", GROUP))
    heard(agent, 3)
    time.sleep(0.3)
    assert sorted((sender, text) for sender, text, _ in agent.heard) == [
        ("telegram:-100200:5", "where is 4711?"),
        ("telegram:-100200:6", "and mine?"),
        ("telegram:-100200:7", "/contact_human_agent"),
    ]
    bot_api.wait_for(-100200, 3)
    assert all(body["reply_parameters"]["message_id"] for _, _, body in bot_api.sent)


def test_kinds_of_content(served, agent):
    photo = [{"file_id": "small"}, {"file_id": "large"}]
    contents = [
        {"photo": photo, "caption": "it is broken"},
        {"voice": {"file_id": "v", "mime_type": "audio/ogg"}},
        {"document": {"file_id": "d", "mime_type": "image/png"}},
        {"location": {"latitude": 53.3, "longitude": -6.2}},
        {"contact": {"phone_number": "+353871234567", "first_name": "Maya"}},
        {"sticker": {"file_id": "s", "emoji": "👍"}},
    ]
    for content in contents:
        deliver(served.url, said(5, **content))
    deliver(served.url, update(edited_message=message(5, "I meant 4712")))
    got = heard(agent, 7)
    assert [(text, (meta.get("attachments") or [{}])[0].get("url")) for _, text, meta in got] == [
        ("it is broken", "telegram-file:large"),
        ("/send_attachment", "telegram-file:v"),
        ("/send_attachment", "telegram-file:d"),
        ("/send_attachment", "geo:53.3,-6.2"),
        ("+353871234567", None),
        ("👍", None),
        ("I meant 4712", None),
    ]
    assert got[2][2]["attachments"][0]["kind"] == "image"
    assert got[6][2]["edited"] is True


def test_an_album_is_one_message(served, bot_api, agent):
    for number in range(3):
        content = {"photo": [{"file_id": f"p{number}"}], "media_group_id": "g1"}
        deliver(served.url, said(5, **content, **({"caption": "all broken"} if not number else {})))
    assert bot_api.wait_for(5) == ["You said: all broken"]
    urls = [attached["url"] for attached in agent.heard[0][2]["attachments"]]
    assert urls == ["telegram-file:p0", "telegram-file:p1", "telegram-file:p2"]


def test_pictures_are_kept_as_files_and_their_address_is_not_told(served, bot_api, agent, store):
    picture = b"\xff\xd8\xff a picture"
    bot_api.files["p1.jpg"] = picture
    bot_api.files["p2.jpg"] = b"<svg onload='alert(1)'/>"
    deliver(served.url, said(5, photo=[{"file_id": "p1"}]))
    deliver(served.url, said(5, photo=[{"file_id": "p2"}]))
    kept, drawing = (said[2]["attachments"][0] for said in heard(agent, 2))
    assert kept["mime"] == "image/jpeg"
    assert TOKEN not in str(kept)
    assert drawing["url"] == "telegram-file:p2"  # not kept: no picture by its bytes
    assert store.content(store.find(kept["url"])) == picture
    assert store.find(kept["url"]).conversation_id == "telegram:5"


def test_updates_that_are_for_nobody_are_acknowledged(served, agent):
    channel = {"id": -5, "type": "channel", "title": "News"}
    odd = [
        update(channel_post=message(5, "news", channel)),
        update(inline_query={"id": "1", "from": message(5)["from"], "query": "x"}),
        update(message_reaction={"chat": channel}),
        update(poll={"id": "1"}),
        update(callback_query={"id": "1", "from": message(5)["from"], "data": "x"}),
        update(my_chat_member={"chat": GROUP, "from": message(5)["from"]}),
        update(message=message(5, new_chat_members=[ME])),
        update(message={**message(7, "a bot writes"), "from": {"id": 7, "is_bot": True}}),
        {"update_id": "none"},
        {},
    ]
    for body in odd:
        assert deliver(served.url, body) == 200, body
    assert deliver(served.url, b"nonsense") == 400
    time.sleep(0.3)
    assert agent.heard == []


def test_updates_are_asked_for_where_there_is_no_webhook(serve, bot_api):
    served = serve(TELEGRAM_POLLING="yes", TELEGRAM_SECRET_TOKEN="")
    first = said(5, "one")
    for body in (first, said(5, "two"), update(poll={"id": "1"})):
        bot_api.updates.put(body)
    assert bot_api.wait_for(5, 2) == ["You said: one", "You said: two"]
    assert bot_api.called("deleteWebhook")
    deadline = time.monotonic() + 10
    while bot_api.called("getUpdates")[-1]["offset"] < first["update_id"] + 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    served.stop()


def test_telegram_away_is_no_reason_not_to_start(serve, bot_api, agent):
    bot_api.close()
    served = serve(TELEGRAM_POLLING="yes")
    assert deliver(served.url, said(5, "hello")) == 200
    assert heard(agent, 1)
